FROM python:3.7
 RUN a
 　RUN b 
RUN c \
 # comment
 
d
ENV a="b c"
