FROM python:3.7
RUN echo a \  	

   
# c
 && echo b \

CMD x
