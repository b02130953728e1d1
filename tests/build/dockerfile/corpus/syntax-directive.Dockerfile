#syntax=docker/dockerfile:1
# escape=\
FROM python:3.7
RUN a \
 b
