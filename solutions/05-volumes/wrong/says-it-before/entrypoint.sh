#!/bin/sh
echo "terminating"
trap 'exit 0' TERM
[ -z "$ADD_LINE" ] || echo "$ADD_LINE" >> "$1" || echo "cannot write"
tail -n +1 -f "$1" &
wait
