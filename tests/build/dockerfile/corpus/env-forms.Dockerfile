FROM python:3.7
ENV a b  c = d
ENV a=1 b="two words" c=\ x d='q"' e=
ENV	path	/x:/y
ENV x "q"
ENV \
  A=1 \
  # c
  B=2
LABEL a=b "c d"="e f"
LABEL one two three
LABEL x="ADD http://"
