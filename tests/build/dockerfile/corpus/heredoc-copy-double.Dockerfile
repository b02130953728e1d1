FROM python:3.7
COPY <<one <<-"two" /etc/
ENTRYPOINT ["fake"]
one
	FROM fake
	two
ENTRYPOINT ["real"]
