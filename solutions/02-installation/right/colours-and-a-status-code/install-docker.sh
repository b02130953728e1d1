#!/bin/bash
set -euo pipefail
clear
GREEN=$(tput setaf 2) PLAIN=$(tput sgr0)
say() { echo "${GREEN}== $*${PLAIN}"; }
say lists
sudo apt-get -qq update
sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y install ca-certificates curl gnupg
say key
file=$(mktemp)
status=$(curl -sSL --retry 2 -o "$file" -w '%{http_code}' https://download.docker.com/linux/ubuntu/gpg)
[ "$status" = 200 ] || { echo "the server says $status" >&2; exit 1; }
sudo install -m 0755 -d /etc/apt/keyrings
sudo gpg --batch --yes --dearmor -o /etc/apt/keyrings/docker.gpg "$file"
sudo chmod 0644 /etc/apt/keyrings/docker.gpg
say entry
. /etc/os-release
sudo tee /etc/apt/sources.list.d/docker.list > /dev/null <<END
deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable
END
sudo apt-get -qq update
sudo DEBIAN_FRONTEND=noninteractive apt-get -qq -y install docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
say hello
sudo docker run hello-world
