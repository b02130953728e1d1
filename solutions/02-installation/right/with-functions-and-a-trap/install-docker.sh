#!/usr/bin/env bash
set -Eeuo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'echo "line $LINENO failed" >&2' ERR
say() { printf '== %s\n' "$*"; }
install_packages() { sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@"; }
say lists
sudo apt-get update -qq
for old in docker.io docker-doc docker-compose podman-docker containerd runc; do
  sudo apt-get remove -y "$old" || true
done
install_packages ca-certificates curl gnupg lsb-release
say key
[ -d /etc/apt/keyrings ] || sudo mkdir -p -m 0755 /etc/apt/keyrings
curl --fail --silent --show-error --location https://download.docker.com/linux/ubuntu/gpg --output "$folder/docker.asc"
gpg --dearmor < "$folder/docker.asc" > "$folder/docker.gpg"
sudo install -o root -g root -m 644 "$folder/docker.gpg" /etc/apt/keyrings/docker.gpg
say entry
source /etc/os-release
arch=$(dpkg --print-architecture)
cat > "$folder/docker.list" <<END
# Docker
deb [arch=$arch signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu/ ${UBUNTU_CODENAME:-$VERSION_CODENAME} stable
END
sudo install -m 644 "$folder/docker.list" /etc/apt/sources.list.d/docker.list
sudo apt-get update -qq
install_packages docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo systemctl enable --now docker
sudo docker version > /dev/null
sudo docker run --rm hello-world | tee "$folder/hello.txt"
grep -q 'Hello from Docker' "$folder/hello.txt"
