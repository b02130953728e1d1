#!/bin/sh
file=$1

terminate() {
    echo "terminating"
    exit 0
}
trap terminate INT

if [ -n "$ADD_LINE" ]; then
    echo "$ADD_LINE" >> "$file" || echo "cannot write to $file"
fi

echo "reading $file"
tail -n +1 -f "$file" &

# wait returns as soon as a signal comes, so that the trap can run at once.
wait $!
