#!/bin/sh
file=$1

terminate() {
    kill "$flood"
    wait "$flood"
    echo "terminating"
    exit 0
}
trap terminate TERM INT

if [ -n "$ADD_LINE" ]; then
    echo "$ADD_LINE" >> "$file" || echo "cannot write to $file"
fi

echo "reading $file"
yes "reading $file" &
flood=$!

# wait returns as soon as a signal comes, so that the trap can run at once.
wait $!
