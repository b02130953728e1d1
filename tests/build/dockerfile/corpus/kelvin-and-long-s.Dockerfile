FROM python:3.7 aſ x
WORKDIR /app
run x
