FROM python:3.7
RUN <<EOF
run x
EOF
CMD y
