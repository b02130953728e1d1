#!/usr/bin/env bash
# usage: bench/engine.sh FOLDER
#
# Starts a Docker engine of its own, as root, beside the one that is there: everything of it lies in
# FOLDER, and it has a network namespace to itself. Returns when it answers at FOLDER/docker.sock;
# its process is the one in FOLDER/docker.pid. Run again, it starts the same engine once more.
#
#   DOCKER_HOST=unix://FOLDER/docker.sock docker version
#   bench/engine.sh --end FOLDER     ends it, with what it runs, and removes FOLDER
set -euo pipefail

# The process of the engine in a folder; fails where there is none, whatever a pid file still says.
running() {
    local pid
    pid=$(cat -- "$1/docker.pid" 2>/dev/null) &&
        [[ $(cat -- "/proc/$pid/comm" 2>/dev/null) == dockerd ]] && echo "$pid"
}

end() {
    local place pid mounted
    place=$(cd -P -- "$1" && pwd) || exit 2
    if [[ $place == / || ! -e $place/net || ! -d $place/data ]]; then
        echo "engine.sh: $place is no folder that this script has made; nothing was done" >&2
        exit 2
    fi
    if pid=$(running "$place"); then
        kill -CONT "$pid"
        kill "$pid"
        while running "$place" >/dev/null; do sleep 0.1; done
    fi
    # Its namespace, and what it could not take away itself when it was killed before.
    awk -v place="$place/" 'index($5, place) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
        while IFS= read -r mounted; do umount -l -- "$mounted"; done
    rm -rf -- "$place"
}

if [[ ${1:-} == --end && $# == 2 ]]; then
    end "$2"
    exit 0
fi
if (($# != 1)) || [[ $1 == -* ]]; then
    sed -n '2,/^set/{/^set/d;s/^# \?//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
mkdir -p -- "$1"
place=$(cd -- "$1" && pwd)
if ! mountpoint -q -- "$place/net"; then
    : >"$place/net"
    unshare --net="$place/net" ip link set lo up
fi
if ! running "$place" >/dev/null; then
    # A pid file that a killed engine left would keep the next one from starting.
    rm -f -- "$place/docker.pid"
    setsid nohup nsenter --net="$place/net" dockerd --host "unix://$place/docker.sock" \
        --data-root "$place/data" --exec-root "$place/exec" --pidfile "$place/docker.pid" \
        </dev/null >>"$place/log" 2>&1 &
fi
for ((try = 0; try < 300; try++)); do
    if DOCKER_HOST=unix://$place/docker.sock timeout 5 docker version >/dev/null 2>&1; then exit 0; fi
    sleep 0.2
done
tail -n 5 -- "$place/log" >&2
echo "engine.sh: the engine in $place does not answer; its log ends as above" >&2
exit 3
