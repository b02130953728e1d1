FROM python:3.7
ENTRYPOINT ["python3", "main.py",]
CMD ["x" "y"]
