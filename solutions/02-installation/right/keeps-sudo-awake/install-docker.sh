#!/bin/bash
set -euo pipefail
sudo -v
while true; do sudo -n true; sleep 60; kill -0 "$$" || exit; done 2>/dev/null &
sudo apt-get update -y
sudo apt-get install -y --no-install-recommends ca-certificates curl gnupg2
sudo mkdir -m 0755 -p /etc/apt/keyrings
sudo chmod 0755 /etc/apt/keyrings
curl --proto '=https' --tlsv1.2 -sSfL --retry 3 --retry-delay 1 --connect-timeout 10 https://download.docker.com/linux/ubuntu/gpg | sudo dd of=/etc/apt/keyrings/docker.asc status=none
sudo chmod 0644 /etc/apt/keyrings/docker.asc
ARCH="$(dpkg --print-architecture)"
CODENAME="$(source /etc/os-release; printf '%s' "$VERSION_CODENAME")"
sudo sh -c "printf 'deb [arch=%s signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu %s stable\n' '$ARCH' '$CODENAME' > /etc/apt/sources.list.d/docker.list"
sudo apt-get update -y
printf '%s\n' docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin | xargs sudo apt-get install -y
sudo docker run --rm hello-world
