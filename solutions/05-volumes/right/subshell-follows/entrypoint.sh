#!/bin/sh
main() (
  if [ "${ADD_LINE+set}" ]; then
    (echo "$ADD_LINE" >> "$1") 2> /dev/null || echo "sorry, cannot write here"
  fi
  touch "$1" 2> /dev/null
  exec tail -n +1 -F "$1" 2>&1
)
main "$@" &
pid=$!
trap 'trap "" TERM; kill $pid; wait $pid; echo terminating; exit 0' TERM
wait
