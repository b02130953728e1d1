#!/bin/bash
# Lets the user who starts it, through sudo or not, run docker without sudo.
set -euo pipefail

user=${SUDO_USER:-$(id -un)}

sudo groupadd docker 2> /dev/null || getent group docker
sudo usermod -aG docker "$user"

if [ "$(id -un)" = "$user" ]; then
  sg docker -c "docker run hello-world"
else
  sudo -u "$user" docker run hello-world
fi
