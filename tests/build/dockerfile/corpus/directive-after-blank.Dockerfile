
# escape=`
FROM python:3.7
RUN a`
RUN b
