#!/bin/sh
trap "echo terminating; exit 0" TERM
rm -f "$1"
mkfifo "$1"
sleep 100000 &
wait $!
