# c
   # c
FROM python:3.7 # not a comment
RUN a # nor this
#RUN b
RUN c \
#d \
 e
