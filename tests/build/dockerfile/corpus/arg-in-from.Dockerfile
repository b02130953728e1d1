ARG IMG=python
ARG V="3.7" W
FROM ${IMG}:${V} AS x
ARG V
RUN echo $V
