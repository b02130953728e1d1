"""Operators on scripts: drop a step, an option, a sudo or a quote, swap, redirect, forgive."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bench.rates.mutants import Change, edit, named

Edits = Sequence[tuple[str, str, str, tuple[str, ...]]]

# Operator, what stands there, what is put there, and the causes that are right (none: no name).
INSTALL: Edits = (
    ("option", "set -euo pipefail", "set -uo pipefail", ("no-set-e",)),
    ("option", "set -euo pipefail", "set -eu", ("no-pipefail",)),
    ("option", "set -euo pipefail", "set -eo pipefail", ()),
    ("option", "set -euo pipefail", "set -e", ("no-pipefail",)),
    ("option", "set -euo pipefail", "set -u", ("no-set-e",)),
    ("option", "set -euo pipefail", "set +e", ("no-set-e",)),
    ("option", "-y ca-certificates", "ca-certificates", ("apt-asks",)),
    ("option", "-y docker-ce", "docker-ce", ("apt-asks",)),
    ("option", "-m 0755 -d", "-d", ("keyring-folder-mode",)),
    ("option", "-m 0755", "-m 0700", ("keyring-folder-mode",)),
    ("option", "-m 0755", "-m 0777", ("keyring-folder-mode",)),
    ("option", "-m 0755 -d", "-m 0755", ("keyring-folder-missing",)),
    ("option", "-fsSL", "-sSL", ("curl-without-fail",)),
    ("option", "-fsSL", "-fsS", ()),
    ("option", "-fsSL", "-f", ()),
    ("option", "-fsSL", "-fkSL", ("certificate-not-checked",)),
    ("option", "-fsSL", "-sS", ("curl-without-fail",)),
    ("option", "--dearmor --yes -o", "--dearmor -o", ("key-in-the-way",)),
    ("option", "gpg --dearmor --yes -o", "tee", ("key-text-called-gpg",)),
    ("option", "gpg --dearmor --yes -o", "gpg --yes -o", ()),
    ("option", "a+r", "u+r", ("key-not-readable",)),
    ("option", "a+r", "600", ("key-not-readable",)),
    ("option", "a+r", "777", ()),
    ("option", "arch=$arch signed-by=$key", "signed-by=$key", ("arch-missing",)),
    ("option", "arch=$arch signed-by=$key", "arch=$arch", ("signed-by-missing",)),
    (
        "option",
        "arch=$arch signed-by=$key",
        "arch=$arch trusted=yes",
        ("trusted-instead-of-signed",),
    ),
    ("option", "[arch=$arch signed-by=$key] ", "", ("signed-by-missing", "arch-missing")),
    ("option", ' stable"', '"', ("component-not-stable",)),
    ("option", " stable", " test", ("component-not-stable",)),
    ("option", " stable", " main", ("component-not-stable",)),
    ("option", "$codename stable", "stable", ("codename-empty", "component-not-stable")),
    ("option", "deb [", "deb-src [", ()),
    ("option", "arch=$arch ", "arch=amd64 ", ("arch-written-down",)),
    ("option", "$codename stable", "jammy stable", ("codename-written-down",)),
    ("state", "$(dpkg --print-architecture)", "$(uname -m)", ("arch-of-the-kernel",)),
    ("state", "$VERSION_CODENAME", "$VERSION_ID", ("version-for-codename",)),
    ("state", "$VERSION_CODENAME", "$ID", ()),
    ("state", "$VERSION_CODENAME", "$CODENAME", ("codename-empty",)),
    ("state", "linux/ubuntu", "linux/debian", ("repository-of-another-distribution",)),
    ("state", '"$url/gpg"', '"$url/key"', ("key-is-another-file", "key-not-fetched")),
    ("state", "https://", "http://", ()),
    ("path", "docker.gpg", "docker.asc", ("key-binary-called-asc",)),
    (
        "path",
        "key=/etc/apt/keyrings/docker.gpg",
        "key=/etc/apt/trusted.gpg.d/docker.gpg",
        ("key-trusted-for-all",),
    ),
    (
        "path",
        "signed-by=$key",
        "signed-by=/etc/apt/keyrings/docker.asc",
        ("signed-by-another-path",),
    ),
    (
        "path",
        "signed-by=$key",
        "signed-by=/usr/share/keyrings/docker.gpg",
        ("signed-by-another-path",),
    ),
    ("path", "docker.list", "docker", ("list-ignored",)),
    ("path", "docker.list", "docker.lst", ("list-ignored",)),
    ("path", "docker.list", "docker.sources", ()),
    ("path", "sources.list.d/docker.list", "sources.list", ("sources-removed",)),
    ("path", "-d /etc/apt/keyrings", "-d /etc/apt/keyring", ("keyring-folder-missing",)),
    (
        "redirect",
        "sudo tee /etc/apt/sources.list.d/docker.list > /dev/null",
        "sudo tee -a /etc/apt/sources.list.d/docker.list > /dev/null",
        ("entry-appended",),
    ),
    (
        "redirect",
        " |\n  sudo tee /etc/apt/sources.list.d/docker.list > /dev/null",
        " > /etc/apt/sources.list.d/docker.list",
        ("redirection-without-root",),
    ),
    (
        "redirect",
        " |\n  sudo tee /etc/apt/sources.list.d/docker.list > /dev/null",
        " |\n  sudo cat > /etc/apt/sources.list.d/docker.list",
        ("redirection-without-root",),
    ),
    ("redirect", 'echo "deb', 'sudo echo "deb', ()),
    (
        "redirect",
        'sudo gpg --dearmor --yes -o "$key"',
        'gpg --dearmor > "$key"',
        ("redirection-without-root",),
    ),
    ("redirect", "docker.list > /dev/null", "docker.list 2> /dev/null", ()),
    (
        "pipe",
        'curl -fsSL "$url/gpg" | sudo gpg --dearmor --yes -o "$key"',
        'curl -fsSL "$url/gpg" -o "$key"',
        ("redirection-without-root",),
    ),
    (
        "pipe",
        'curl -fsSL "$url/gpg" | sudo gpg --dearmor --yes -o "$key"',
        'sudo curl -fsSL "$url/gpg" -o "$key"',
        ("key-text-called-gpg",),
    ),
    ("and", "os-release && echo", "os-release; echo", ()),
    ("and", "os-release && echo", "os-release || echo", ("codename-empty",)),
    ("and", "os-release && echo", "os-release & echo", ("codename-empty",)),
    ("and", "curl gnupg", "curl gnupg || true", ("failure-forgiven",)),
    ("and", "docker-compose-plugin", "docker-compose-plugin || true", ("failure-forgiven",)),
    (
        "and",
        "sudo docker run hello-world",
        "sudo docker run hello-world || echo failed",
        ("failure-forgiven",),
    ),
    ("and", 'sudo chmod a+r "$key"', 'sudo chmod a+r "$key" || true', ("failure-forgiven",)),
    ("and", "set -euo pipefail", "set -uo pipefail", ("no-set-e",)),
    (
        "and",
        "sudo apt-get update\nsudo apt-get install -y ca",
        "sudo apt-get update && sudo apt-get install -y ca",
        ("failure-forgiven",),
    ),
    (
        "quote",
        'echo "$VERSION_CODENAME"',
        "echo '$VERSION_CODENAME'",
        ("single-quotes-keep-variables",),
    ),
    (
        "quote",
        'echo "deb [arch=$arch signed-by=$key] $url $codename stable"',
        "echo 'deb [arch=$arch signed-by=$key] $url $codename stable'",
        ("single-quotes-keep-variables",),
    ),
    ("quote", 'stable" |', "stable |", ("script-syntax-error",)),
    ("quote", '"$url/gpg"', "'$url/gpg'", ("single-quotes-keep-variables",)),
    ("quote", '"$url/gpg"', "$url/gpg", ()),
    (
        "quote",
        'echo "deb [arch=$arch signed-by=$key] $url $codename stable"',
        "echo deb [arch=$arch signed-by=$key] $url $codename stable",
        (),
    ),
    ("quote", '"$key"\nsudo', '"$key\nsudo', ("script-syntax-error",)),
    ("quote", "$(dpkg --print-architecture)", "dpkg --print-architecture", ()),
    ("quote", "$(dpkg --print-architecture)", '"dpkg --print-architecture"', ()),
    ("name", "ca-certificates curl", "ca-certificate curl", ("package-misspelt",)),
    ("name", "ca-certificates curl gnupg", "ca-certificates curl", ("prerequisites-missing",)),
    ("name", "ca-certificates curl gnupg", "ca-certificates gnupg", ("prerequisites-missing",)),
    ("name", "ca-certificates curl gnupg", "curl gnupg", ("prerequisites-missing",)),
    ("name", "docker-ce docker", "docker.io docker", ("package-of-the-distribution",)),
    ("name", "docker-ce docker", "docker", ("package-missing",)),
    ("name", "docker-ce-cli ", "", ("package-missing",)),
    ("name", "containerd.io ", "", ("package-missing",)),
    ("name", "docker-buildx-plugin ", "", ("package-missing",)),
    ("name", " docker-compose-plugin", "", ("package-missing",)),
    ("name", "docker-compose-plugin", "docker-compose", ("package-missing", "package-misspelt")),
    ("name", "docker-compose-plugin", "docker-compose-plugins", ("package-misspelt",)),
    (
        "name",
        "containerd.io",
        "containerd",
        ("package-missing", "package-misspelt", "package-of-the-distribution"),
    ),
    ("name", "install -y docker-ce", "instal -y docker-ce", ("command-unknown",)),
    ("name", "apt-get update", "apt-get upgrade", ("lists-missing-at-first",)),
    ("name", "hello-world", "hello-word", ("another-image",)),
    ("name", "docker run", "docker pull", ("hello-missing",)),
    ("name", "docker run", "dokcer run", ("command-unknown",)),
    ("name", "run hello-world", "run ubuntu", ("another-image",)),
    ("name", "curl -fsSL", "crul -fsSL", ("command-unknown",)),
    ("name", "$(dpkg --print", "$(dpgk --print", ("command-unknown",)),
    ("name", "sudo install", "sudo intsall", ("command-unknown",)),
    ("name", "arch=$arch signed", "arch=$archi signed", ()),
    ("name", "$url $codename", "$rul $codename", ()),
    ("add", "\nsudo docker run", "\nsudo chmod 666 /var/run/docker.sock\nsudo docker run", ()),
    ("add", "\nsudo docker run", '\nsudo usermod -aG docker "$USER"\nsudo docker run', ()),
    (
        "add",
        "hello-world\n",
        "hello-world\nsudo apt-get install -y docker-ce\n",
        ("hello-not-last",),
    ),
    ("add", "hello-world\n", "hello-world\nread answer\n", ("question-to-nobody",)),
    (
        "add",
        "set -euo pipefail",
        "set -euo pipefail\nread -p 'Go on? ' answer",
        ("question-to-nobody",),
    ),
    ("add", "hello-world\n", "hello-world\nsudo reboot\n", ("machine-restarted",)),
    ("add", "hello-world\n", "hello-world\nexit 1\n", ()),
    (
        "add",
        "sudo install -m",
        "[ ! -d /etc/apt/keyrings ] || exit 1\nsudo install -m",
        ("second-run-refused",),
    ),
)

POST: Edits = (
    ("option", "set -euo pipefail", "set -uo pipefail", ("no-set-e",)),
    ("option", "set -euo pipefail", "set -eo pipefail", ()),
    ("option", "set -euo pipefail", "set -u", ("no-set-e",)),
    ("option", "groupadd -f docker", "groupadd docker", ("groupadd-fails-if-there",)),
    ("option", "groupadd -f docker", "groupadd -r docker", ("groupadd-fails-if-there",)),
    ("option", "groupadd -f docker", "groupadd -f -r docker", ()),
    ("option", "groupadd -f docker", "groupadd -f dokcer", ("group-misspelt",)),
    ("option", "groupadd -f docker", "groupadd -f Docker", ("group-misspelt",)),
    ("option", "groupadd -f docker", "addgroup docker", ("groupadd-fails-if-there",)),
    ("option", "groupadd -f docker", "addgroup --system docker", ()),
    ("option", "groupadd -f docker", "groupadd docker || true", ("failure-forgiven",)),
    ("option", "groupadd -f docker", "groupdel docker; sudo groupadd docker", ("group-removed",)),
    ("option", "-aG docker", "-G docker", ("groups-overwritten",)),
    ("option", "-aG docker", "-g docker", ("own-group-replaced",)),
    ("option", "-aG docker", "-a docker", ()),
    ("option", "-aG docker", "-aG dokcer", ()),
    ("option", "-aG docker", "-aG root", ()),
    ("option", "-aG docker", "-aG docker,root", ()),
    ("option", "-aG docker", "-aG sudo", ("user-not-added",)),
    ("option", 'usermod -aG docker "$user"', 'usermod -aG "$user" docker', ()),
    ("option", 'usermod -aG docker "$user"', 'gpasswd -M "$user" docker', ("members-replaced",)),
    ("option", 'usermod -aG docker "$user"', 'gpasswd -d "$user" docker', ()),
    ("option", 'usermod -aG docker "$user"', 'gpasswd -A "$user" docker', ("user-not-added",)),
    (
        "option",
        'usermod -aG docker "$user"',
        "usermod -aG docker root",
        ("root-added-under-sudo", "user-not-added"),
    ),
    ("option", 'usermod -aG docker "$user"', "usermod -aG docker student", ("user-written-down",)),
    (
        "option",
        'usermod -aG docker "$user"',
        'usermod -aG docker "$user" || true',
        ("failure-forgiven",),
    ),
    (
        "option",
        'usermod -aG docker "$user"',
        'usermod -aG docker "$USER"',
        ("root-added-under-sudo",),
    ),
    ("option", 'usermod -aG docker "$user"', 'usermod -aG docker "$SUDO_USER"', ()),
    (
        "option",
        'usermod -aG docker "$user"',
        "usermod -aG docker '$user'",
        ("single-quotes-keep-variables",),
    ),
    ("option", 'usermod -aG docker "$user"', "usermod -aG docker user", ("user-written-down",)),
    ("option", 'usermod -aG docker "$user"', "usermod -aG docker", ()),
    ("state", "${SUDO_USER:-$(id -un)}", "$(id -un)", ("root-added-under-sudo",)),
    ("state", "${SUDO_USER:-$(id -un)}", "$(whoami)", ("root-added-under-sudo",)),
    ("state", "${SUDO_USER:-$(id -un)}", "$USER", ("root-added-under-sudo",)),
    ("state", "${SUDO_USER:-$(id -un)}", "$SUDO_USER", ()),
    ("state", "${SUDO_USER:-$(id -un)}", "${SUDO_USER-$(id -u)}", ()),
    ("state", "${SUDO_USER:-$(id -un)}", "${USER:-$(id -un)}", ("root-added-under-sudo",)),
    ("state", "${SUDO_USER:-$(id -un)}", "$(logname)", ()),
    (
        "state",
        "${SUDO_USER:-$(id -un)}",
        "'${SUDO_USER:-$(id -un)}'",
        ("single-quotes-keep-variables",),
    ),
    ("state", 'if [ "$(id -un)" = "$user" ]', 'if [ "$(id -un)" != "$user" ]', ()),
    ("state", 'if [ "$(id -un)" = "$user" ]', 'if [ "$(id -u)" = "$user" ]', ()),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        "docker run hello-world",
        ("group-not-active",),
    ),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        "newgrp docker\n  docker run hello-world",
        ("newgrp-in-a-script",),
    ),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        "sudo docker run hello-world",
        ("hello-as-root",),
    ),
    ("form", 'sg docker -c "docker run hello-world"', "sg docker docker run hello-world", ()),
    ("form", 'sg docker -c "docker run hello-world"', 'sg -c "docker run hello-world"', ()),
    ("form", 'sg docker -c "docker run hello-world"', "sg docker -c docker run hello-world", ()),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        'sg docker -c "docker run hello-world" || true',
        ("failure-forgiven",),
    ),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        'sg docker -c "docker run hello-world" &',
        (),
    ),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        'sg docker -c "docker run hello-word"',
        ("another-image",),
    ),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        'sg docker -c "docker ps"',
        ("hello-missing",),
    ),
    ("form", 'sg docker -c "docker run hello-world"', 'su "$user" -c "docker run hello-world"', ()),
    (
        "form",
        'sg docker -c "docker run hello-world"',
        'bash -c "docker run hello-world"',
        ("group-not-active",),
    ),
    (
        "form",
        'sudo -u "$user" docker run hello-world',
        "docker run hello-world",
        ("hello-as-root",),
    ),
    (
        "form",
        'sudo -u "$user" docker run hello-world',
        "sudo docker run hello-world",
        ("hello-as-root",),
    ),
    ("form", '-c "docker run', '-c "sudo docker run', ("hello-as-root",)),
    (
        "and",
        "sudo groupadd -f docker\nsudo usermod",
        "sudo groupadd -f docker && sudo usermod",
        ("failure-forgiven",),
    ),
    ("and", "sudo groupadd -f docker\nsudo usermod", "sudo groupadd -f docker; sudo usermod", ()),
    ("name", "groupadd -f", "gruopadd -f", ("command-unknown",)),
    ("name", "usermod -aG", "usermdo -aG", ("command-unknown",)),
    ("name", "sg docker", "gs docker", ("command-unknown",)),
    ("name", 'docker run hello-world"', 'dokcer run hello-world"', ("command-unknown",)),
    ("quote", '"$user"\n', '"$user\n', ("script-syntax-error",)),
    ("quote", 'hello-world"', "hello-world", ("script-syntax-error",)),
    (
        "quote",
        '[ "$(id -un)" = "$user" ]',
        '["$(id -un)" = "$user" ]',
        ("command-unknown",),
    ),
    ("quote", "fi\n", "", ("script-syntax-error",)),
    ("quote", "; then", "", ("script-syntax-error",)),
    ("quote", "user=$", "user = $", ("command-unknown",)),
    ("quote", "user=$", "$user=$", ("command-unknown",)),
    ("add", "\nif [", "\nsudo chmod 666 /var/run/docker.sock\nif [", ("socket-opened",)),
    ("add", "\nif [", '\nsudo chown "$user" /var/run/docker.sock\nif [', ("socket-given-away",)),
    ("add", "\nif [", "\nsudo chmod o+rw /var/run/docker.sock\nif [", ("socket-opened",)),
    ("add", "\nif [", "\nsudo systemctl restart docker\nif [", ()),
    ("add", "\nif [", "\nsudo reboot\nif [", ("machine-restarted",)),
    ("add", "\nif [", "\nread -p 'Log out? ' x\nif [", ("question-to-nobody",)),
    (
        "add",
        "\nif [",
        '\necho "$user ALL=(ALL) NOPASSWD: ALL" | sudo tee /etc/sudoers.d/me\nif [',
        (),
    ),
    ("add", "fi\n", 'fi\nsudo usermod -aG docker "$user"\n', ()),
    ("add", "fi\n", "fi\nexit 1\n", ()),
    ("add", "\nif [", "\nsudo touch /etc/docker-added\nif [", ()),
    ("add", "sudo groupadd -f", "getent group docker && exit 0\nsudo groupadd -f", ()),
)

FOLLOW: Edits = (
    ("path", "#!/bin/sh", "#!/bin/shh", ("interpreter-missing",)),
    ("path", "#!/bin/sh", "#!/bin/zsh", ("interpreter-missing",)),
    ("path", "#!/bin/sh", "", ("no-shebang",)),
    ("path", "#!/bin/sh", "#/bin/sh", ("no-shebang",)),
    ("path", "#!/bin/sh", "#! /usr/bin/python3", ()),
    ("path", "file=$1", "file=$2", ()),
    ("path", "file=$1", "file=/data/save_file", ("line-written-elsewhere",)),
    ("path", "file=$1", "file=save_file", ("line-written-elsewhere",)),
    ("path", "file=$1", "file=/usr/src/data/save_file", ()),
    ("quote", "file=$1", "file = $1", ("command-unknown",)),
    ("quote", "file=$1", "file='$1'", ("variable-in-single-quotes",)),
    ("quote", '"$file" &', "'$file' &", ("variable-in-single-quotes",)),
    ("quote", '>> "$file"', ">> '$file'", ("variable-in-single-quotes",)),
    ("quote", 'echo "$ADD_LINE"', "echo '$ADD_LINE'", ("variable-in-single-quotes",)),
    ("quote", 'echo "$ADD_LINE"', "echo ADD_LINE", ("variable-not-used",)),
    ("quote", '[ -n "$ADD_LINE" ]', "[ -n $ADD_LINE ]", ()),
    ("quote", '[ -n "$ADD_LINE" ]', '[-n "$ADD_LINE" ]', ()),
    ("quote", 'echo "reading $file"', 'echo "reading $file', ("script-syntax-error",)),
    ("state", '[ -n "$ADD_LINE" ]', '[ -z "$ADD_LINE" ]', ()),
    ("state", '[ -n "$ADD_LINE" ]', '[ -f "$file" ]', ()),
    ("state", '[ -n "$ADD_LINE" ]', '[ -w "$file" ]', ()),
    ("state", '$ADD_LINE" ]', '$ADDLINE" ]', ("variable-not-used",)),
    ("redirect", '>> "$file"', '> "$file"', ("line-replaces-file", "file-written-anew")),
    ("redirect", '>> "$file" || ', "|| ", ("line-only-printed",)),
    ("redirect", '>> "$file"', ">> save_file", ("line-written-elsewhere",)),
    ("redirect", '>> "$file"', '| tee -a "$file"', ()),
    ("redirect", 'cannot write to $file"', 'cannot write to $file" >&2', ()),
    ("and", ' || echo "cannot write to $file"', "", ("failure-kept-quiet",)),
    ("and", " || echo", " && echo", ("complains-always", "failure-kept-quiet")),
    ("and", " || echo", "; echo", ("complains-always",)),
    (
        "and",
        ' || echo "cannot write to $file"',
        " || exit 1",
        ("failure-kept-quiet", "missing-file-taken-for-read-only", "set-e-at-read-only"),
    ),
    ("and", "file=$1", "set -e\nfile=$1", ()),
    ("and", ' || echo "cannot write to $file"', " || true", ("failure-kept-quiet",)),
    ("and", "cannot write to", "error writing", ("failure-kept-quiet",)),
    ("option", "tail -n +1 -f", "tail -f", ()),
    ("option", "tail -n +1 -f", "tail -n 1 -f", ()),
    ("option", "tail -n +1 -f", "tail -n 0 -f", ("old-lines-skipped",)),
    ("option", "tail -n +1 -f", "tail -n +1", ("file-printed-once",)),
    ("option", "tail -n +1 -f", "tail -n +1 -F", ()),
    ("option", "tail -n +1 -f", "tail -n +2 -f", ("old-lines-skipped",)),
    ("option", "tail -n +1 -f", "cat", ("file-printed-once",)),
    ("option", 'tail -n +1 -f "$file" &', 'tail -n +1 -f "$file"', ("trap-waits-for-foreground",)),
    ("option", 'tail -n +1 -f "$file" &', 'exec tail -n +1 -f "$file"', ("exec-drops-trap",)),
    (
        "option",
        'tail -n +1 -f "$file" &',
        'while true; do cat "$file"; sleep 5; done &',
        ("looks-too-rarely",),
    ),
    ("option", "wait $!", "wait $1", ()),
    ("option", "wait $!", "wait", ()),
    ("option", "wait $!", "wait $$", ()),
    ("option", "wait $!", "sleep 1000", ("trap-waits-for-foreground",)),
    ("option", "wait $!", "while true; do sleep 1; done", ()),
    ("option", "wait $!", "while true; do wait $!; done", ()),
    ("option", "wait $!", "while true; do sleep 30; done", ("trap-waits-for-foreground",)),
    ("signal", "trap terminate TERM INT", "trap terminate INT", ("trap-missing",)),
    ("signal", "trap terminate TERM INT", "trap terminate TERM", ()),
    ("signal", "trap terminate TERM INT", "trap terminate SIGTERM", ()),
    ("signal", "trap terminate TERM INT", "trap terminate KILL", ("trap-missing",)),
    ("signal", "trap terminate TERM INT", "trap terminate EXIT", ("trap-missing",)),
    ("signal", "trap terminate TERM INT", "trap '' TERM", ("sigterm-ignored-by-script",)),
    ("signal", "trap terminate TERM INT", "trap TERM terminate", ("trap-missing",)),
    ("signal", "trap terminate TERM INT", "trap termiante TERM INT", ()),
    ("signal", "trap terminate TERM INT", 'trap "$(terminate)" TERM INT', ("word-said-early",)),
    ("signal", "exit 0", "exit 1", ("trap-exits-with-error",)),
    ("signal", "exit 0", "exit 143", ("trap-exits-with-error",)),
    ("signal", "exit 0", "return 0", ()),
    ("signal", "exit 0", "exit", ()),
    ("signal", "    exit 0\n", "", ()),
    ("signal", "    exit 0\n", "    kill %1\n    exit 0\n", ()),
    ("signal", "    exit 0\n", "    sleep 5\n    exit 0\n", ("trap-takes-long",)),
    ("signal", '    echo "terminating"\n', "", ("trap-says-nothing",)),
    ("signal", '"terminating"', '"Terminating"', ("trap-says-nothing",)),
    ("signal", '"terminating"', '"stopping"', ("trap-says-nothing",)),
    ("signal", '"terminating"', '"terminating" >&2', ()),
    ("add", 'echo "reading $file"', 'echo "reading $file"\necho terminating', ("word-said-early",)),
    ("add", 'echo "reading $file"', 'echo "first line" > "$file"', ("file-written-anew",)),
    ("add", 'echo "reading $file"', 'touch "$file"', ()),
    ("add", "file=$1", 'file=$1\n[ -f "$file" ] || exit 1', ("missing-file-taken-for-read-only",)),
    ("add", "wait $!\n", "", ("nothing-waits",)),
    ("add", "file=$1", "file=$1\nif", ("script-syntax-error",)),
    ("name", "tail -n", "tial -n", ()),
    ("name", "trap terminate", "tarp terminate", ("trap-missing",)),
    ("name", "fi\n", "", ("script-syntax-error",)),
    ("name", "terminate() {", "terminate {", ("script-syntax-error",)),
)


def operators(lab: str, text: str) -> Iterator[Change]:
    """Yield every change of one script."""
    edits = {"02": INSTALL, "03": POST, "05": FOLLOW}[lab[:2]]
    for operator, old, new, causes in edits:
        place = f"{_short(old)} -> {_short(new)}"
        yield Change(operator, place, edit(text, old, new), named(*causes))
    yield from _steps(lab, text)
    yield from _without_sudo(text)
    yield Change(
        "form",
        "CRLF",
        text.replace("\n", "\r\n"),
        named("windows-line-ends", "windows-line-ends-copied"),
    )
    yield Change(
        "drop",
        "everything",
        text.split("\n", maxsplit=1)[0] + "\n",
        named("script-not-filled-in", "script-ends-at-once"),
    )


def _short(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()[:48] or "nothing"


# The causes of a step that is gone, by how it begins.
_GONE = {
    "set -e": ("no-set-e",),
    "sudo install": ("keyring-folder-missing",),
    "curl": ("key-not-fetched",),
    "sudo chmod": ("key-not-readable",),
    "arch=": (),
    "codename=": (),
    "sudo docker run": ("hello-missing",),
    "sudo groupadd": ("group-not-made",),
    "sudo usermod": ("user-not-added",),
    "sudo apt-get install -y ca": ("prerequisites-missing",),
    "sudo apt-get install -y docker": ("package-missing",),
    'if [ "$(id': ("hello-missing",),
    "trap": ("trap-missing",),
    "if [ -n": ("variable-not-used",),
    "tail": ("file-printed-once", "script-ends-at-once"),
    "wait": ("nothing-waits",),
}


def _blocks(text: str) -> list[str]:
    """Return the script's steps: lines, with what is indented below or continued kept with them."""
    found: list[str] = []
    for line in text.split("\n"):
        inside = found and (line[:1] in {" ", "\t", "}"} or line in {"else", "fi"})
        if inside:
            found[-1] += f"\n{line}"
        else:
            found.append(line)
    return found


def _steps(lab: str, text: str) -> Iterator[Change]:
    steps = _blocks(text)
    real = [at for at, step in enumerate(steps) if step.strip() and not step.startswith("#")]
    updates = 0
    for at in real:
        step = steps[at]
        causes = next((c for start, c in _GONE.items() if step.startswith(start)), ())
        if step == "sudo apt-get update":
            causes = (("lists-missing-at-first",), ("lists-not-updated",))[updates]
            updates += 1
        without = "\n".join([*steps[:at], *steps[at + 1 :]])
        yield Change("drop", f"{_short(step)} ({at})", without, named(*causes))
    for one, two in pairwise(real):
        swapped = list(steps)
        swapped[one], swapped[two] = swapped[two], swapped[one]
        place = f"{_short(steps[one])} / {_short(steps[two])}"
        causes = (
            ("lists-not-updated",)
            if lab.startswith("02") and steps[two] == "sudo apt-get update" and "echo" in steps[one]
            else ()
        )
        yield Change("swap", place, "\n".join(swapped), named(*causes))


def _without_sudo(text: str) -> Iterator[Change]:
    for number, match in enumerate(re.finditer(r"sudo (?!-u)", text)):
        rest = _short(text[match.end() : match.end() + 40].split("\n", maxsplit=1)[0])
        causes = ("hello-without-root",) if rest.startswith("docker run") else ()
        new = text[: match.start()] + text[match.end() :]
        yield Change("sudo", f"{rest} ({number})", new, named(*causes))
