#!/bin/sh
file=$1

terminate() {
    echo "terminating"
    exit 0
}
trap terminate TERM INT

if [ -n "$ADD_LINE" ]; then
    echo "$ADD_LINE" >> "$file" || echo "cannot write to $file"
fi

echo "reading $file"
cat "$file"
