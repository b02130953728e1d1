#!/bin/bash
set -euo pipefail
usage() { printf 'usage: %s [-u USER]\n' "${0##*/}"; }
main() {
  local user="${SUDO_USER:-$(logname 2> /dev/null || id -un)}" option
  while getopts u:h option; do
    case "$option" in
      u) user=$OPTARG ;;
      h) usage; return 0 ;;
      *) usage >&2; return 2 ;;
    esac
  done
  getent group docker > /dev/null 2>&1 || sudo groupadd docker
  if id -nG "$user" | grep -qw docker; then
    echo "$user is in the group already"
  else
    sudo usermod -aG docker "$user"
  fi
  if [[ $user == "$(id -un)" ]]; then
    sg docker "docker info > /dev/null && docker run --rm hello-world"
  else
    sudo -H -u "$user" docker run --rm hello-world
  fi
}
main "$@"
