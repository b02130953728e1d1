#!/usr/bin/env bash
set -Eeuo pipefail
trap 'echo "line $LINENO: $BASH_COMMAND failed" >&2' ERR
green=$(tput setaf 2 2>/dev/null || true) off=$(tput sgr0 2>/dev/null || true)
say() { printf '%s==> %s%s\n' "$green" "$*" "$off"; }
me=${SUDO_USER:-$(whoami)}
tries=0
until [ -S /var/run/docker.sock ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 10 ]
  sleep 1
done
say group
sudo groupadd --force --system docker
say "$me"
if ! groups "$me" | grep -q '\bdocker\b'; then
  sudo usermod -aG docker "$me"
fi
say hello
if [ "$(id -un)" = "$me" ]; then
  sg docker -c 'docker version > /dev/null && docker run --rm hello-world'
else
  runuser -u "$me" -- docker run --rm hello-world
fi
