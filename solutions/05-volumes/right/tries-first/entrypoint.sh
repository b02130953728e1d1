#!/bin/sh
file=$1

terminate() {
    echo "terminating"
    exit 0
}
trap terminate TERM INT

if [ -n "$ADD_LINE" ]; then
    if touch "$file" 2> /dev/null; then
        printf '%s\n' "$ADD_LINE" | tee -a "$file" > /dev/null
    else
        echo "sorry, I cannot write to $file" >&2
    fi
fi

echo "reading $file"
tail -n +1 -f "$file" &

# wait returns as soon as a signal comes, so that the trap can run at once.
wait $!
