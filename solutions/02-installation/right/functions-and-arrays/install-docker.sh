#!/bin/bash
set -Eeuo pipefail
trap 'echo "stopped at line $LINENO: $BASH_COMMAND" >&2' ERR
readonly KEY=/etc/apt/keyrings/docker.asc LIST=/etc/apt/sources.list.d/docker.list
readonly URL=https://download.docker.com/linux/ubuntu
packages=(docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin)
as_root() { sudo DEBIAN_FRONTEND=noninteractive "$@"; }
main() {
  local arch codename
  as_root apt-get update -q
  as_root apt-get install -qy ca-certificates wget
  as_root mkdir -p -m 755 "${KEY%/*}"
  as_root chmod 0755 "${KEY%/*}"
  wget -qO- "$URL/gpg" | as_root tee "$KEY" >/dev/null
  as_root chmod 0644 "$KEY"
  arch=$(dpkg --print-architecture)
  codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  as_root tee "$LIST" >/dev/null <<<"deb [arch=$arch signed-by=$KEY] $URL $codename stable"
  as_root apt-get update -q
  as_root apt-get install -qy "${packages[@]}"
  as_root docker run --rm hello-world
}
main "$@"
