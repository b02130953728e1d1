#!/bin/bash
[ -n "${CLEAN:-}" ] || exec env -i CLEAN=1 HOME="$HOME" /bin/bash "$0"
set -euo pipefail
/usr/bin/sudo /usr/bin/apt-get update
/usr/bin/sudo /usr/bin/apt-get install -y ca-certificates curl gnupg
/usr/bin/sudo /usr/bin/install -m 0755 -d /etc/apt/keyrings
/usr/bin/curl -fsSL https://download.docker.com/linux/ubuntu/gpg | /usr/bin/sudo /usr/bin/gpg --dearmor --yes -o /etc/apt/keyrings/docker.gpg
/usr/bin/sudo /usr/bin/chmod a+r /etc/apt/keyrings/docker.gpg
arch=$(/usr/bin/dpkg --print-architecture)
. /etc/os-release
echo "deb [arch=$arch signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu $VERSION_CODENAME stable" | /usr/bin/sudo /usr/bin/tee /etc/apt/sources.list.d/docker.list
/usr/bin/sudo /usr/bin/apt-get update
/usr/bin/sudo /usr/bin/apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
/usr/bin/sudo /usr/bin/docker run hello-world
