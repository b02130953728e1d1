# just a comment
# escape=`
# syntax=x/y
FROM python:3.7
RUN a`
RUN b
