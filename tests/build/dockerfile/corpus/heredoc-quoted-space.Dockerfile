FROM python:3.7
RUN <<'a b' cat
CMD x
a b
ADD <<a\ b /x
q
a b
USER me
