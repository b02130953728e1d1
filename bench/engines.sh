#!/usr/bin/env bash
# usage: bench/engines.sh FOLDER [OPTION ...] [ROW ...]
#
# Grades models, wrong and odd solutions on engines that Debian's packages give, each started beside
# the one that is there, as root, in a network namespace of its own; FOLDER keeps what was made. Each
# ROW (default: all) is written to FOLDER/rows/ROW.json by bench/matrix.py, which is given the
# OPTIONs (--each 2, --labs 02,03) and makes docs/compatibility.md:
#
#   bench/matrix.py table FOLDER/rows > docs/compatibility.md
#
#   here             the engine of DOCKER_HOST, with this machine's /proc
#   26 28            Docker Engine of Debian 13 and of sid, with this machine's /proc
#   28-elsewhere     the same without it, as if the engine were on another machine
#   28-busybox       the same, where the engine's ps is BusyBox's
#   28-userns        the same, with its users mapped
#   28-containerd    the same, with the containerd image store
#   podman           Podman of sid, as root, without this machine's /proc
set -euo pipefail
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
if (($# == 0)) || [[ $1 == -* ]]; then
    sed -n '2,/^set/{/^set/d;s/^# \?//;p}' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
mkdir -p -- "$1/rows"
place=$(cd -- "$1" && pwd)
shift
options=()
while [[ ${1:-} == -* ]]; do
    options+=("$1" "$2")
    shift 2
done
cd -- "$here"

# Debian's packages in a folder of their own, whose /usr and /etc an engine is given in place of ours.
chroot_of() {
    local suite=$1
    [[ -e $place/$suite/usr/sbin/dockerd ]] && return
    rm -rf -- "${place:?}/$suite"
    mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
        --include=docker.io,docker-cli,iptables,runc,podman,iproute2,ca-certificates,procps,uidmap,passwd,netavark,nftables,busybox \
        "$suite" "$place/$suite"
}

start() { # ROW SUITE COMMAND: returns when the engine answers at FOLDER/ROW/docker.sock
    local home=$place/$1 suite=$2 try
    mkdir -p -- "$home"
    if ! mountpoint -q -- "$home/net"; then
        : >"$home/net"
        unshare --net="$home/net" ip link set lo up
    fi
    rm -f -- "$home/docker.pid"
    SUITE=$place/$suite HOME_OF=$home setsid nohup nsenter --net="$home/net" \
        unshare -m --propagation private bash -c 'mount --bind "$SUITE/usr" /usr
            mount --bind "$SUITE/etc" /etc; '"$3" </dev/null >>"$home/log" 2>&1 &
    started=$!
    for ((try = 0; try < 300; try++)); do
        if DOCKER_HOST=unix://$home/docker.sock timeout 5 docker version >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    tail -n 5 -- "$home/log" >&2
    echo "engines.sh: the engine of $1 does not answer" >&2
    exit 3
}

dockerd='exec dockerd --host "unix://$HOME_OF/docker.sock" --data-root "$HOME_OF/data" \
    --exec-root "$HOME_OF/exec" --pidfile "$HOME_OF/docker.pid"'
podman='exec podman --runtime runc --root "$HOME_OF/data" --runroot "$HOME_OF/run" \
    --cgroup-manager=cgroupfs system service --time 0 "unix://$HOME_OF/docker.sock"'
containerd='echo "{\"features\": {\"containerd-snapshotter\": true}}" >"$HOME_OF/config.json"; '
busybox='mkdir -p "$HOME_OF/bin"; cp /usr/bin/busybox "$HOME_OF/bin/ps"; PATH=$HOME_OF/bin:$PATH '

images() { # ROW: what grading needs, from the engine of DOCKER_HOST
    local names
    mapfile -t names < <(.venv/bin/grader prepare --list)
    [[ -e $place/images.tar ]] || docker save -o "$place/images.tar" "${names[@]}"
    DOCKER_HOST=unix://$place/$1/docker.sock docker load --quiet --input "$place/images.tar" >/dev/null
}

run() { # ROW SUITE COMMAND [WRAPPER ...]
    local row=$1 suite=$2 command=$3
    shift 3
    chroot_of "$suite"
    start "$row" "$suite" "$command"
    images "$row"
    DOCKER_HOST=unix://$place/$row/docker.sock "$@" \
        .venv/bin/python bench/matrix.py grade "$row" "$place/rows" "${options[@]}" || result=1
    kill -- "-$started"
    while kill -0 -- "-$started" 2>/dev/null; do sleep 0.2; done
}

result=0
# Without this machine's /proc: a grader whose PID namespace is another one.
elsewhere=(unshare --pid --fork --mount-proc)
rows=("$@")
((${#rows[@]})) || rows=(here 26 28 28-elsewhere 28-busybox 28-userns 28-containerd podman)
for row in "${rows[@]}"; do
    case $row in
    here) .venv/bin/python bench/matrix.py grade here "$place/rows" "${options[@]}" || result=1 ;;
    26) run "$row" trixie "$dockerd" env ;;
    28) run "$row" sid "$dockerd" env ;;
    28-elsewhere) run "$row" sid "$dockerd" "${elsewhere[@]}" ;;
    28-busybox) run "$row" sid "$busybox$dockerd" "${elsewhere[@]}" ;;
    28-userns) run "$row" sid "$dockerd --userns-remap default" "${elsewhere[@]}" ;;
    28-containerd) run "$row" sid "$containerd$dockerd --config-file \"\$HOME_OF/config.json\"" "${elsewhere[@]}" ;;
    podman) run "$row" sid "$podman" "${elsewhere[@]}" ;;
    *) echo "engines.sh: there is no row $row" >&2 && exit 2 ;;
    esac
done
exit "$result"
