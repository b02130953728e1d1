FROM python:3.7
RUN <<EOF \
  && echo
body \
EOF
CMD x
