#!/bin/sh
file=$1

if [ -n "$ADD_LINE" ]; then
    echo "$ADD_LINE" >> "$file" || echo "cannot write to $file"
fi

echo "reading $file"
exec yes "reading $file"
