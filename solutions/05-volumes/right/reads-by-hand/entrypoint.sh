#!/bin/sh
trap 'echo terminating; exit 0' TERM
[ -z "$ADD_LINE" ] || echo "$ADD_LINE" >> "$1" || echo cannot write
exec 3< "$1"
while :; do
  while IFS= read -r line <&3; do echo "$line"; done
  sleep 0.5 & wait $!
done
