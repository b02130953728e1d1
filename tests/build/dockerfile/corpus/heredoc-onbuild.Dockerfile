FROM python:3.7
ONBUILD RUN <<EOF
CMD fake
EOF
onbuild copy <<A /x
A
