#!/bin/bash
set -euo pipefail
ring=/etc/apt/keyrings/docker.gpg
sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg
sudo install -m 0755 -d /etc/apt/keyrings
home=$(sudo mktemp -d)
curl -fsSL https://download.docker.com/linux/ubuntu/gpg |
  sudo gpg --homedir "$home" --no-default-keyring --keyring "gnupg-ring:$ring" --import
sudo chmod 0644 "$ring"
sudo rm -rf "$home" "$ring~"
. /etc/os-release
echo "deb [arch=$(dpkg --print-architecture) signed-by=$ring] https://download.docker.com/linux/ubuntu ${VERSION_CODENAME:?} stable" | sudo tee /etc/apt/sources.list.d/docker.list
sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
