#!/bin/bash
set -euo pipefail
sudo apt-get update
sudo apt-get install -y ca-certificates curl
. /etc/os-release
key=$(curl -fsSL https://download.docker.com/linux/ubuntu/gpg)
{
  echo "Types: deb"
  echo "URIs: https://download.docker.com/linux/ubuntu"
  echo "Suites: $VERSION_CODENAME"
  echo "Components: stable"
  echo "Architectures: $(dpkg --print-architecture)"
  echo "Signed-By:"
  sed -e 's/^$/./' -e 's/^/ /' <<< "$key"
} | sudo tee /etc/apt/sources.list.d/docker.sources > /dev/null
sudo chmod 644 /etc/apt/sources.list.d/docker.sources
sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
