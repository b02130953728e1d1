#!/bin/bash
set -euo pipefail
key=/etc/apt/keyrings/docker.asc
list=/etc/apt/sources.list.d/docker.list
sudo apt-get update
sudo apt-get install -y ca-certificates curl
sudo install -m 0755 -d "$(dirname "$key")"
if [ ! -s "$key" ]; then
  sudo curl -fsSL https://download.docker.com/linux/ubuntu/gpg -o "$key"
  sudo chmod a+r "$key"
fi
. /etc/os-release
line="deb [arch=$(dpkg --print-architecture) signed-by=$key] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable"
grep -qxF "$line" "$list" 2> /dev/null || echo "$line" | sudo tee "$list"
sudo apt-get update
for package in docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin; do
  dpkg -s "$package" > /dev/null 2>&1 || sudo apt-get install -y "$package"
done
sudo docker run hello-world
