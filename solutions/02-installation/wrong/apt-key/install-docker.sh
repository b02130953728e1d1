#!/bin/bash
# Installs Docker Engine on Ubuntu from Docker's own repository.
set -euo pipefail

url=https://download.docker.com/linux/ubuntu

sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg

curl -fsSL "$url/gpg" | sudo apt-key add -

arch=$(dpkg --print-architecture)
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
echo "deb [arch=$arch] $url $codename stable" |
  sudo tee /etc/apt/sources.list.d/docker.list > /dev/null

sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin

sudo docker run hello-world
