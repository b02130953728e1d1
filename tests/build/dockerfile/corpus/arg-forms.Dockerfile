ARG A
ARG B= C=1 D="x y" E=\"
FROM python:3.7
ARG
ARG A B
