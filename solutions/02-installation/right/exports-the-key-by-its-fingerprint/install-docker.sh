#!/bin/bash
set -euo pipefail
fingerprint=9DC858229FC7DD38854AE2D88D81803C0EBFCD88
export GNUPGHOME
GNUPGHOME=$(mktemp -d)
trap 'rm -rf "$GNUPGHOME"' EXIT
sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg
curl -fsSL https://download.docker.com/linux/ubuntu/gpg -o "$GNUPGHOME/key"
gpg --batch --quiet --import "$GNUPGHOME/key"
gpg --batch --quiet --export "$fingerprint" > "$GNUPGHOME/docker.gpg"
sudo install -m 0755 -d /etc/apt/keyrings
sudo install -m 0644 "$GNUPGHOME/docker.gpg" /etc/apt/keyrings/docker.gpg
. /etc/os-release
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable" | sudo tee /etc/apt/sources.list.d/docker.list
sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
