#!/bin/bash
set -euo pipefail
mapfile -t tools < <(printf '%s\n' ca-certificates curl)
sudo apt-get update
sudo apt-get install -y "${tools[@]}"
sudo install -m 0755 -d /etc/apt/keyrings
sudo curl -fsSL https://download.docker.com/linux/ubuntu/gpg -o /etc/apt/keyrings/docker.asc
sudo chmod a+r /etc/apt/keyrings/docker.asc
. /etc/os-release
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable" | sudo tee /etc/apt/sources.list.d/docker.list > /dev/null
sudo apt-get update
apt-cache policy docker-ce
version=$(apt-cache madison docker-ce | awk 'NR == 1 {print $3}')
[ -n "$version" ]
sudo apt-get install -y "docker-ce=$version" "docker-ce-cli=$version" containerd.io docker-buildx-plugin docker-compose-plugin
sudo service docker start
until sudo docker info > /dev/null 2>&1; do sleep 1; done
sudo docker pull hello-world
sudo docker run hello-world
