#!/bin/bash
set -euo pipefail
want=9DC858229FC7DD38854AE2D88D81803C0EBFCD88
url=https://download.docker.com/linux/ubuntu
sudo apt-get update
sudo apt-get install -y ca-certificates curl gnupg
sudo install -m 0755 -d /etc/apt/keyrings
curl -fsSL "$url/gpg" | sudo gpg --batch --yes --dearmor -o /etc/apt/keyrings/docker.gpg
sudo chmod a+r /etc/apt/keyrings/docker.gpg
got=$(gpg --with-colons --show-keys /etc/apt/keyrings/docker.gpg | awk -F: '$1 == "fpr" && !n++ {print $10}')
[[ "$got" == "$want" ]] || { echo "fingerprint $got, expected $want" >&2; sudo rm /etc/apt/keyrings/docker.gpg; exit 1; }
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] $url $(. /etc/os-release && echo "$VERSION_CODENAME") stable" | sudo tee /etc/apt/sources.list.d/docker.list
sudo apt-get update
sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
