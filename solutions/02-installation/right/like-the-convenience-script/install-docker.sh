#!/bin/sh
set -e
command_exists() { command -v "$@" > /dev/null 2>&1; }
user="$(id -un 2>/dev/null || true)"
sh_c='sh -c'
if [ "$user" != 'root' ]; then
  if command_exists sudo; then sh_c='sudo -E sh -c'
  elif command_exists su; then sh_c='su -c'
  else echo "root is needed" >&2; exit 1; fi
fi
lsb_dist=$(. /etc/os-release && echo "$ID" | tr '[:upper:]' '[:lower:]')
if command_exists lsb_release; then dist_version="$(lsb_release --codename | cut -f2)"; fi
if [ -z "${dist_version:-}" ]; then dist_version="$(. /etc/os-release && echo "$VERSION_CODENAME")"; fi
url="https://download.docker.com/linux/$lsb_dist"
repo="deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] $url $dist_version stable"
(
  set -x
  $sh_c 'apt-get -qq update >/dev/null'
  $sh_c 'DEBIAN_FRONTEND=noninteractive apt-get -y -qq install ca-certificates curl >/dev/null'
  $sh_c 'install -m 0755 -d /etc/apt/keyrings'
  $sh_c "curl -fsSL \"$url/gpg\" -o /etc/apt/keyrings/docker.asc"
  $sh_c 'chmod a+r /etc/apt/keyrings/docker.asc'
  $sh_c "echo \"$repo\" > /etc/apt/sources.list.d/docker.list"
  $sh_c 'apt-get -qq update >/dev/null'
)
(
  set -x
  $sh_c 'DEBIAN_FRONTEND=noninteractive apt-get -y -qq install docker-ce docker-ce-cli containerd.io docker-compose-plugin docker-ce-rootless-extras docker-buildx-plugin >/dev/null'
)
if command_exists docker && [ -e /var/run/docker.sock ]; then
  (set -x; $sh_c 'docker version') || true
fi
$sh_c 'docker run hello-world'
