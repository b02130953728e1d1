FROM python:3.7
ENTRYPOINT ["python3", \
# the program
  "main.py"]
CMD ["hello", \
  # indented
  "you"]
