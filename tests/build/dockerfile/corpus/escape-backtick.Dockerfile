# escape=`
FROM python:3.7
RUN echo a `
 && echo b\
WORKDIR /app`  
/sub
