FROM python:3.7
RUN <<EOF
FROM fake
CMD ["fake"]
EOF
CMD ["real"]
