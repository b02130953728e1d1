#!/bin/bash
# Lets the user who starts it, through sudo or not, run docker without sudo.
set -euo pipefail

user=${SUDO_USER:-$(id -un)}

sudo groupadd --force docker
sudo usermod --append --groups docker "$user"

if [ "$(id -un)" = "$user" ]; then
  sg docker -c "docker run hello-world"
else
  sudo -u "$user" docker run hello-world
fi
