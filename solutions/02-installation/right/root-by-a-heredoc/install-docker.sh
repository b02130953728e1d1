#!/bin/bash
set -e
sudo bash <<'ROOT'
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive LC_ALL=C
umask 022
apt-get -qq update
apt-get -qq -y install --no-install-recommends ca-certificates curl gnupg
mkdir -p /etc/apt/keyrings
chmod 755 /etc/apt/keyrings
curl --fail --silent --show-error --location https://download.docker.com/linux/ubuntu/gpg > /tmp/docker.key
gpg --batch --yes --dearmor --output /etc/apt/keyrings/docker.gpg /tmp/docker.key
rm /tmp/docker.key
chmod 644 /etc/apt/keyrings/docker.gpg
source /etc/os-release
cat > /etc/apt/sources.list.d/docker.list <<END
deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu ${VERSION_CODENAME} stable
END
apt-get -qq update
apt-get -qq -y install docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
docker run hello-world
ROOT
