#!/bin/sh
file=$1

# As root only as long as it takes to hand the folder over.
if [ "$(id -u)" = 0 ]; then
    chown -R app "$(dirname "$file")" 2>/dev/null || true
    exec setpriv --reuid app --regid app --clear-groups "$0" "$@"
fi

terminate() {
    echo "terminating"
    exit 0
}
trap terminate TERM INT

if [ -n "$ADD_LINE" ]; then
    echo "$ADD_LINE" >> "$file" || echo "cannot write to $file"
fi

echo "reading $file"
tail -n +1 -f "$file" &

# wait returns as soon as a signal comes, so that the trap can run at once.
wait $!
