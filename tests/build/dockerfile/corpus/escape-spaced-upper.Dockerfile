#   EsCaPe   =   `   
FROM python:3.7
ENV A="x `" y" B=1
RUN echo `
 done
