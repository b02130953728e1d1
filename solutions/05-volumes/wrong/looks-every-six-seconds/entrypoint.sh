#!/bin/sh
trap 'echo terminating; exit 0' TERM
[ -z "$ADD_LINE" ] || echo "$ADD_LINE" >> "$1" || echo "cannot write"
n=1
while :; do
  tail -n +$n "$1"; n=$(($(wc -l < "$1") + 1))
  sleep 6 & wait $!
done
