FROM python:3.7
ENV a="b c
LABEL x='y
RUN echo "
ARG z="
COPY "a b
