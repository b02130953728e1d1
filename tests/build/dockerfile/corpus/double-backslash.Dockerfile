FROM python:3.7
RUN echo a \\
RUN echo b \\ 
RUN echo c\\\
RUN d
