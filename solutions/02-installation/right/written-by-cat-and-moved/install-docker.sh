#!/bin/bash
set -e -u -o pipefail
cd "$(mktemp -d)"
sudo apt update
sudo apt install --assume-yes ca-certificates curl gnupg
sudo mkdir --parents --mode=0755 /etc/apt/keyrings
sudo chmod u=rwx,go=rx /etc/apt/keyrings
curl -fsS -L -o docker.key https://download.docker.com/linux/ubuntu/gpg
gpg --output docker.gpg --dearmor docker.key
chmod 644 docker.gpg
sudo chown root:root docker.gpg
sudo mv docker.gpg /etc/apt/keyrings/docker.gpg
cat > docker.sources <<END
X-Repolib-Name: Docker
Enabled: yes
Types: deb
URIs: https://download.docker.com/linux/ubuntu
Suites: $(grep ^VERSION_CODENAME= /etc/os-release | cut -d= -f2)
Components: stable
Architectures: $(dpkg --print-architecture)
Signed-By: /etc/apt/keyrings/docker.gpg
END
chmod 644 docker.sources
sudo chown root:root docker.sources
sudo mv docker.sources /etc/apt/sources.list.d/docker.sources
sudo apt update
sudo apt install --assume-yes docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
