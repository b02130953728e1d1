FROM python:3.7
RUN [1e999]
RUN [NaN]
RUN [-Infinity, "x"]
RUN [ -d /x ]
