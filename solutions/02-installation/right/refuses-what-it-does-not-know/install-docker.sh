#!/bin/bash
set -eu
set -o pipefail
if [ ! -r /etc/os-release ]; then echo "No /etc/os-release" >&2; exit 1; fi
. /etc/os-release
if [ "$ID" != ubuntu ]; then echo "Only for Ubuntu, this is $PRETTY_NAME" >&2; exit 1; fi
if [ -t 0 ]; then
  read -r -p "Install Docker on $PRETTY_NAME? [Y/n] " answer
  case "${answer:-y}" in [Nn]*) exit 0 ;; esac
fi
if [ "$(id -u)" -eq 0 ]; then SUDO=; else SUDO=sudo; fi
export DEBIAN_FRONTEND=noninteractive
for package in docker.io docker-doc docker-compose docker-compose-v2 podman-docker containerd runc; do
  if dpkg-query -W -f '${Status}' "$package" 2> /dev/null | grep -q 'ok installed'; then
    $SUDO apt-get remove -y "$package"
  fi
done
$SUDO apt-get update -qq
$SUDO apt-get install -qq -y --no-install-recommends ca-certificates wget gnupg
$SUDO install -d -m 755 -o root -g root /etc/apt/keyrings
temporary=$(mktemp)
trap 'rm -f "$temporary"' EXIT INT TERM
wget -q -O "$temporary" https://download.docker.com/linux/ubuntu/gpg
$SUDO gpg --batch --yes --no-tty --dearmor --output /etc/apt/keyrings/docker.gpg "$temporary"
$SUDO chmod go+r /etc/apt/keyrings/docker.gpg
$SUDO tee /etc/apt/sources.list.d/docker.list <<EOT > /dev/null
deb [arch="$(dpkg --print-architecture)" signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu "$VERSION_CODENAME" stable
EOT
$SUDO sed -i 's/"//g' /etc/apt/sources.list.d/docker.list
$SUDO apt-get update -qq
$SUDO apt-get install -qq -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
$SUDO docker run hello-world
