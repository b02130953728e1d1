#!/bin/bash
set -o pipefail
check() { if [ $? -ne 0 ]; then echo "ERROR: $1" >&2; exit 1; fi; }
sudo apt-get update; check "lists"
sudo apt-get install -y ca-certificates curl gnupg; check "tools"
sudo install -m 0755 -d /etc/apt/keyrings; check "folder"
curl -fsSL https://download.docker.com/linux/ubuntu/gpg | sudo gpg --dearmor --yes -o /etc/apt/keyrings/docker.gpg; check "key"
sudo chmod a+r /etc/apt/keyrings/docker.gpg; check "mode"
codename=$(lsb_release -cs); check "codename"
echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu $codename stable" | sudo tee /etc/apt/sources.list.d/docker.list > /dev/null; check "entry"
sudo apt-get update; check "lists"
yes | sudo apt-get install docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin; [ "${PIPESTATUS[1]}" -eq 0 ]; check "packages"
sudo docker run hello-world; check "hello-world"
