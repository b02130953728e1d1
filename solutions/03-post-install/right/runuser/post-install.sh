#!/bin/bash
set -euo pipefail
user=${SUDO_USER:-$USER}

if ! grep -q '^docker:' /etc/group; then sudo addgroup docker; fi
sudo adduser "$user" docker
sudo runuser -u "$user" -- docker run hello-world
