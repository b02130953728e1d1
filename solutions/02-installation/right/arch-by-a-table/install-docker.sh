#!/bin/bash
set -euo pipefail
exec > >(tee -a /tmp/install-docker.log) 2>&1
case "$(uname -m)" in
  x86_64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  armv7l) arch=armhf ;;
  *) echo "unknown hardware" >&2; exit 1 ;;
esac
umask 022
sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg
sudo curl -fsSL --create-dirs -o /etc/apt/keyrings/docker.asc https://download.docker.com/linux/ubuntu/gpg
sudo chmod 0755 /etc/apt/keyrings
sudo chmod 0644 /etc/apt/keyrings/docker.asc
eval "$(grep ^VERSION_CODENAME= /etc/os-release)"
printf '%s\n' "# deb-src is not needed" "deb [arch=$arch signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable" |
  sudo tee /etc/apt/sources.list.d/docker.list > /dev/null
sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
if ! sudo docker run hello-world; then
  echo "hello-world failed" >&2
  exit 1
fi
