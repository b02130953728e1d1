#!/usr/bin/env bash
set -euo pipefail
read -r -p "Channel [stable]: " channel || true
channel=${channel:-stable}
try() { local n; for n in 1 2; do "$@" && return; sleep 1; done; return 1; }
missing=()
for package in ca-certificates curl; do
  dpkg -s "$package" > /dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  try sudo apt-get update
  sudo apt-get install --yes --no-install-recommends "${missing[@]}"
fi
sudo mkdir -p /etc/apt/keyrings
sudo chmod 0755 /etc/apt/keyrings
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
curl --fail --silent --show-error --location --output "$tmp/docker.asc" https://download.docker.com/linux/ubuntu/gpg
cmp -s "$tmp/docker.asc" /etc/apt/keyrings/docker.asc || sudo cp "$tmp/docker.asc" /etc/apt/keyrings/docker.asc
sudo chmod 0644 /etc/apt/keyrings/docker.asc
source /etc/os-release
printf 'deb [arch=%s signed-by=%s] %s %s %s\n' "$(dpkg --print-architecture)" /etc/apt/keyrings/docker.asc \
  https://download.docker.com/linux/ubuntu "$VERSION_CODENAME" "$channel" > "$tmp/docker.list"
sudo cp "$tmp/docker.list" /etc/apt/sources.list.d/docker.list
sudo chmod 0644 /etc/apt/sources.list.d/docker.list
try sudo apt-get update
sudo apt-get install --yes docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run --rm hello-world
