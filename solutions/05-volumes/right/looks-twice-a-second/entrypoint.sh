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
seen=0
while true; do
    total=$(wc -l < "$file")
    [ "$total" = "$seen" ] || sed -n "$((seen + 1)),${total}p" "$file"
    seen=$total
    sleep 0.5 &
    wait $!
done
