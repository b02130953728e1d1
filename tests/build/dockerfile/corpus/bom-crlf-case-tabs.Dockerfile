# a comment
	from	python:3.7
  Run	echo x \
	&& echo y

cMd ["a"]
