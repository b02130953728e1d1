#!/usr/bin/env bash
set -o errexit -o nounset -o pipefail
readonly url=https://download.docker.com/linux/ubuntu
readonly ring=/usr/share/keyrings/docker-archive-keyring.gpg
step_lists() { sudo apt-get update; }
step_tools() { sudo apt-get install -y apt-transport-https ca-certificates curl gnupg-agent software-properties-common; }
step_key() {
  local ascii
  ascii=$(mktemp)
  curl -fsSL "$url/gpg" -o "$ascii"
  [ "$(head -n 1 "$ascii")" = "-----BEGIN PGP PUBLIC KEY BLOCK-----" ]
  gpg --dearmor < "$ascii" | sudo tee "$ring" > /dev/null
  sudo chmod 644 "$ring"
  rm "$ascii"
}
step_entry() {
  local line
  printf -v line 'deb [arch=%s signed-by=%s] %s %s stable' "$(dpkg --print-architecture)" "$ring" "$url" "$(lsb_release -cs)"
  sudo bash -c 'printf "%s\n" "$1" > /etc/apt/sources.list.d/docker.list; chmod 644 /etc/apt/sources.list.d/docker.list' _ "$line"
}
step_again() { step_lists; }
step_packages() { sudo DEBIAN_FRONTEND=noninteractive apt-get install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin; }
step_hello() { sudo docker run --rm --name "hello-$$" hello-world; }
for name in lists tools key entry again packages hello; do
  SECONDS=0
  "step_$name"
  printf '%-10s %3d s\n' "$name" "$SECONDS"
done
