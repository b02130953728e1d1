#!/bin/bash
set -eu -o pipefail
if [ "$(id -u)" -ne 0 ]; then
  exec sudo -- bash "$0" "$@"
fi
log() { printf '%s %s\n' "$(date +%T)" "$*"; }
step() { log "$@"; "$@"; }
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
step apt update
step apt install -y ca-certificates curl gnupg lsb-release
step install -d -m 755 /etc/apt/keyrings
step curl -fsSLo "$work/key" https://download.docker.com/linux/ubuntu/gpg
gpg --dearmor < "$work/key" > "$work/docker.gpg"
step install -m 644 -o root -g root "$work/docker.gpg" /etc/apt/keyrings/docker.gpg
codename=$(awk -F= '$1 == "VERSION_CODENAME" {print $2}' /etc/os-release)
printf 'deb [arch=%s signed-by=%s] %s %s stable\n' "$(dpkg --print-architecture)" /etc/apt/keyrings/docker.gpg https://download.docker.com/linux/ubuntu "${codename//\"/}" > "$work/docker.list"
step install -m 644 "$work/docker.list" /etc/apt/sources.list.d/docker.list
step apt update
step apt install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
step docker run --rm hello-world
