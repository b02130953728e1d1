#!/usr/bin/env bash
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
tool=apt-get
for each in aptitude nala; do
  if command -v "$each" >/dev/null; then tool=$each; fi
done
wait_for_apt() {
  while command -v fuser >/dev/null && sudo fuser /var/lib/dpkg/lock-frontend >/dev/null 2>&1; do sleep 1; done
}
wait_for_apt; sudo "$tool" -y -o Acquire::Retries=2 update
wait_for_apt; sudo -E "$tool" -y -o Dpkg::Options::=--force-confold install ca-certificates wget gpg
sudo install --directory --mode=0755 /etc/apt/keyrings
wget --quiet --https-only --tries=3 --output-document=- https://download.docker.com/linux/ubuntu/gpg | gpg --dearmor | sudo tee /etc/apt/keyrings/docker.gpg >/dev/null
sudo chmod a+r /etc/apt/keyrings/docker.gpg
cat <<END | sudo tee /etc/apt/sources.list.d/docker.list >/dev/null
# Docker's own repository
deb [signed-by=/etc/apt/keyrings/docker.gpg arch=$(dpkg --print-architecture)] https://download.docker.com/linux/ubuntu $(lsb_release --codename --short) stable
END
wait_for_apt; sudo "$tool" -y update
wait_for_apt; sudo -E "$tool" -y install docker-ce{,-cli} containerd.io docker-{buildx,compose}-plugin
sudo docker run hello-world
