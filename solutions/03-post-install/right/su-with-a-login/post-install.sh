#!/bin/bash
set -euo pipefail
user=${SUDO_USER:-$USER}

sudo groupadd docker 2>/dev/null || getent group docker >/dev/null
sudo usermod -a -G docker "$user"
sudo su - "$user" -c 'docker run hello-world'
