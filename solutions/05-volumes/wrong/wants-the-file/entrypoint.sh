#!/bin/sh
file=$1

terminate() {
    echo "terminating"
    exit 0
}
trap terminate TERM INT

if [ -n "$ADD_LINE" ]; then
    if [ -w "$file" ]; then
        echo "$ADD_LINE" >> "$file"
    else
        echo "cannot write to $file"
    fi
fi

echo "reading $file"
tail -n +1 -f "$file" &

# wait returns as soon as a signal comes, so that the trap can run at once.
wait $!
