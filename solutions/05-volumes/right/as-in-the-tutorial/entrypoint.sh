#!/bin/bash
trap 'echo terminating; exit 0' SIGTERM SIGINT
[[ -z $ADD_LINE ]] || echo "$ADD_LINE" >> "$1" || echo "cannot write"
echo "reading from $1"
tail -f "$1" &
wait
