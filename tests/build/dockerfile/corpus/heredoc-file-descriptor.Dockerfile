FROM python:3.7
RUN cat 3<<A 0<<B
x
A
y
B
RUN echo
