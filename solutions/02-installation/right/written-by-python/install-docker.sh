#!/bin/bash
set -euo pipefail
sudo apt update
sudo apt install -y ca-certificates curl gnupg
sudo mkdir -p /etc/apt/keyrings
curl -fsSL https://download.docker.com/linux/ubuntu/gpg | sudo gpg --yes -o /etc/apt/keyrings/docker.gpg --dearmor
sudo chmod 644 /etc/apt/keyrings/docker.gpg
sudo env CODENAME="$(. /etc/os-release; echo "$VERSION_CODENAME")" ARCH="$(dpkg --print-architecture)" python3 - <<'END'
import os
text = "deb [arch={ARCH} signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/ubuntu {CODENAME} stable\n"
with open("/etc/apt/sources.list.d/docker.list", "w") as file:
    file.write(text.format(**os.environ))
END
sudo apt update
sudo apt install -y docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
sudo docker container run --rm --name hello hello-world:latest
