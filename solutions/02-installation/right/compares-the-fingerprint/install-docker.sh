#!/bin/bash
set -euo pipefail
fingerprint="9DC8 5822 9FC7 DD38 854A  E2D8 8D81 803C 0EBF CD88"
key=$(mktemp)
trap 'rm -f "$key"' EXIT

sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg
curl -fsSL https://download.docker.com/linux/ubuntu/gpg -o "$key"
if ! gpg --show-keys --with-fingerprint "$key" | grep -qF "$fingerprint"; then
  echo "This is not Docker's key." >&2
  exit 1
fi
sudo install -m 0755 -d /etc/apt/keyrings
sudo install -m 0644 "$key" /etc/apt/keyrings/docker.asc
. /etc/os-release
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable" |
  sudo tee /etc/apt/sources.list.d/docker.list > /dev/null
sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
