#!/bin/bash
set -euo pipefail
user=${SUDO_USER:-$USER}

sudo groupadd -f docker
sudo usermod -aG docker "$user"
if [ "$EUID" -eq 0 ]; then
  sudo -u "$user" newgrp docker <<<'docker run hello-world'
else
  newgrp docker <<<'docker run hello-world'
fi
