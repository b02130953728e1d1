FROM python:3.7
RUN echo \
CMD x
RUN ab
