#!/bin/bash
set -euo pipefail
user=$(id -un "${SUDO_UID:-$UID}")
getent group docker || sudo groupadd -r docker
sudo usermod -a --groups=docker "$user"
id "$user"
sudo --login --user="$user" -- docker run hello-world
