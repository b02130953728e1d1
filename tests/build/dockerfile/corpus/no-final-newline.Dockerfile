FROM python:3.7
CMD ["x"]