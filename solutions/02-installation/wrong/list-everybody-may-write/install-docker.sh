#!/bin/bash
# Installs Docker Engine on Ubuntu from Docker's own repository.
set -euo pipefail

key=/etc/apt/keyrings/docker.gpg
url=https://download.docker.com/linux/ubuntu

sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg

sudo install -m 0755 -d /etc/apt/keyrings
curl -fsSL "$url/gpg" | sudo gpg --dearmor --yes -o "$key"
sudo chmod a+r "$key"

arch=$(dpkg --print-architecture)
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
echo "deb [arch=$arch signed-by=$key] $url $codename stable" |
  sudo tee /etc/apt/sources.list.d/docker.list > /dev/null
sudo chmod 666 /etc/apt/sources.list.d/docker.list

sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin

sudo docker run hello-world
