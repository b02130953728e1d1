#!/bin/bash
set -euo pipefail
user=${SUDO_USER:-$USER}

sudo groupadd --force docker
sudo gpasswd -a "$user" docker
sudo -u "$user" -g docker -- docker run hello-world
