FROM python:3.7
CMD ["a"] b
CMD ["a"]]
ADD ["main.py", "/x"] http://example.org/ /y
CMD ["a"
