#!/bin/bash
set -euo pipefail
usage() { echo "usage: ${0##*/} [-v] [-c CHANNEL]"; }
verbose= channel=
while getopts vc:h option; do
  case $option in
    v) verbose=1 ;;
    c) channel=$OPTARG ;;
    h) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done
if [ -z "$channel" ] && ! read -r -t 2 -p 'Channel? [stable] ' channel; then echo; fi
: "${channel:=stable}"
if [ -t 1 ] && tput colors > /dev/null 2>&1; then bold=$(tput bold) off=$(tput sgr0); else bold= off=; fi
work() {
  local what=$1 log pid
  shift
  log=$(mktemp)
  "$@" > "$log" 2>&1 &
  pid=$!
  for turn in '|' '/' '-' '\'; do printf '\r%s %s' "$turn" "$what"; sleep 0.2; done
  if wait "$pid"; then printf '\r%sdone%s %s\n' "$bold" "$off" "$what"
  else printf '\rfailed %s\n' "$what"; cat "$log" >&2; rm "$log"; exit 1; fi
  if [ -n "$verbose" ]; then cat "$log"; fi
  rm "$log"
}
work lists sudo apt-get update
work tools sudo apt-get install -y ca-certificates curl
work folder sudo install -m 0755 -d /etc/apt/keyrings
work key sudo curl -fsSL https://download.docker.com/linux/ubuntu/gpg -o /etc/apt/keyrings/docker.asc
work mode sudo chmod a+r /etc/apt/keyrings/docker.asc
. /etc/os-release
cat > "/tmp/docker.$$.list" <<END
deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc] https://download.docker.com/linux/ubuntu $VERSION_CODENAME $channel
END
work entry sudo install -m 0644 -o root -g root "/tmp/docker.$$.list" /etc/apt/sources.list.d/docker.list
rm "/tmp/docker.$$.list"
work lists sudo apt-get update
work packages sudo apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker run hello-world
