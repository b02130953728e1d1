FROM python:3.7
# escape=`
SHELL ["/bin/bash", "-c"]
RUN echo a`
SHELL not json
CMD a \
b
