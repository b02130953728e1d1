FROM python:3.7
RUN --x=é y
COPY café /café/
HEALTHCHECK --x=1 CMD café
