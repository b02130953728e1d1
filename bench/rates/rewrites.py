"""Rewrites that must change nothing: order of labels, spaces, absolute paths, equal commands."""

import json
import re
from collections.abc import Iterator, Sequence

from bench.rates.dockerfile_operators import Dockerfile, Line
from bench.rates.mutants import Change, edit

Pairs = Sequence[tuple[str, str]]

_INSTALL: Pairs = (
    ("set -euo pipefail", "set -e\nset -u\nset -o pipefail"),
    ("set -euo pipefail", "set -o errexit -o nounset -o pipefail"),
    ("set -euo pipefail", "set -Eeuo pipefail"),
    ("#!/bin/bash", "#!/usr/bin/env bash"),
    ("#!/bin/bash\n", ""),
    ("apt-get install -y ca", "apt-get -y install ca"),
    ("apt-get install -y ca", "apt-get install --yes ca"),
    ("apt-get install -y docker", "apt-get install -y -q docker"),
    ("apt-get install -y docker", "apt install -y docker"),
    ("apt-get update", "apt update"),
    ("apt-get update", "apt-get -q update"),
    ("sudo apt-get", "sudo DEBIAN_FRONTEND=noninteractive apt-get"),
    ("sudo apt-get", "/usr/bin/sudo /usr/bin/apt-get"),
    ("ca-certificates curl gnupg", "gnupg curl ca-certificates"),
    ("ca-certificates curl gnupg", "ca-certificates curl gnupg lsb-release"),
    ("docker-ce docker-ce-cli containerd.io", "containerd.io docker-ce-cli docker-ce"),
    ("-m 0755 -d", "-d -m 755"),
    (
        "sudo install -m 0755 -d /etc/apt/keyrings",
        "sudo mkdir -p -m 0755 /etc/apt/keyrings\nsudo chmod 0755 /etc/apt/keyrings",
    ),
    ("-fsSL", "-fLsS"),
    ("-fsSL", "--fail --silent --show-error --location"),
    ("-fsSL", "-f -s -S -L"),
    ('--dearmor --yes -o "$key"', '--yes --dearmor --output "$key"'),
    ("a+r", "0644"),
    ("a+r", "go+r"),
    ("$(dpkg --print-architecture)", "`dpkg --print-architecture`"),
    (
        '$(. /etc/os-release && echo "$VERSION_CODENAME")',
        '$(source /etc/os-release; echo "$VERSION_CODENAME")',
    ),
    (
        '$(. /etc/os-release && echo "$VERSION_CODENAME")',
        '$(. /etc/os-release && echo "${UBUNTU_CODENAME}")',
    ),
    ("arch=$arch signed-by=$key", "signed-by=$key arch=$arch"),
    ("docker.list > /dev/null", "docker.list"),
    ("docker.list", "docker-ce.list"),
    ("docker.gpg", "docker-archive-keyring.gpg"),
    ("/etc/apt/keyrings/docker.gpg", "/usr/share/keyrings/docker.gpg"),
    ('echo "deb', "printf '%s\\n' \"deb"),
    ("sudo docker run", "sudo docker run --rm"),
    ("sudo docker run", "sudo docker container run"),
    ("run hello-world", "run hello-world:latest"),
    ("\n\nsudo install", "\n\n\n# the key\nsudo install"),
    (
        "sudo apt-get update\nsudo apt-get install -y ca",
        "sudo  apt-get   update ;\n  sudo apt-get install -y ca",
    ),
)
_POST: Pairs = (
    ("set -euo pipefail", "set -e\nset -u"),
    ("set -euo pipefail", "set -o errexit -o nounset"),
    ("#!/bin/bash", "#!/usr/bin/env bash"),
    ("#!/bin/bash\n", ""),
    ("groupadd -f docker", "groupadd --force docker"),
    ("sudo groupadd -f docker", "getent group docker || sudo groupadd docker"),
    ("sudo groupadd -f docker", "getent group docker > /dev/null || sudo groupadd --system docker"),
    (
        "sudo groupadd -f docker",
        "if ! getent group docker > /dev/null; then sudo groupadd docker; fi",
    ),
    ("usermod -aG docker", "usermod -a -G docker"),
    ("usermod -aG docker", "usermod --append --groups docker"),
    ('usermod -aG docker "$user"', 'gpasswd -a "$user" docker'),
    ('usermod -aG docker "$user"', 'adduser "$user" docker'),
    ('usermod -aG docker "$user"', '/usr/sbin/usermod -aG docker "$user"'),
    ("${SUDO_USER:-$(id -un)}", "${SUDO_USER:-$USER}"),
    ("${SUDO_USER:-$(id -un)}", "${SUDO_USER:-$(whoami)}"),
    ('"$user"', '"${user}"'),
    ('-c "docker run hello-world"', "-c 'docker run hello-world'"),
    ('sg docker -c "docker run hello-world"', 'newgrp docker <<< "docker run hello-world"'),
    ('sg docker -c "docker run hello-world"', 'sudo -u "$user" docker run hello-world'),
    ('sg docker -c "docker run hello-world"', 'sudo -u "$user" -g docker docker run hello-world'),
    ('docker run hello-world"', 'docker run --rm hello-world"'),
    ('sudo -u "$user" docker', 'sudo --user "$user" docker'),
    ('sudo -u "$user" docker', 'sudo -u "$user" /usr/bin/docker'),
    ('[ "$(id -un)" = "$user" ]', '[[ $(id -un) == "$user" ]]'),
    ('[ "$(id -un)" = "$user" ]', 'test "$(id -un)" = "$user"'),
    ("\nif [", "\n\n# at last\nif ["),
)
_FOLLOW: Pairs = (
    ("trap terminate TERM INT", "trap terminate TERM"),
    ("trap terminate TERM INT", "trap terminate INT TERM"),
    ("trap terminate TERM INT", "trap terminate 15"),
    ("trap terminate TERM INT", "trap 'echo terminating; exit 0' TERM"),
    ("terminate() {", "terminate () {"),
    ("file=$1", 'file="$1"'),
    ("file=$1", "file=${1:-/usr/src/data/save_file}"),
    ('"$file" &', '"${file}" &'),
    ('echo "reading $file"\n', ""),
    ('[ -n "$ADD_LINE" ]', '[ "$ADD_LINE" ]'),
    ('[ -n "$ADD_LINE" ]', 'test -n "$ADD_LINE"'),
    ('[ -n "$ADD_LINE" ]', '[ -n "${ADD_LINE:-}" ]'),
    ('echo "$ADD_LINE" >>', "printf '%s\\n' \"$ADD_LINE\" >>"),
    (
        '>> "$file" || echo "cannot write to $file"',
        '>> "$file" 2> /dev/null || echo "cannot write"',
    ),
    ('cannot write to $file"', 'cannot write to $file" >&2'),
    ("tail -n +1 -f", "tail -f -n +1"),
    ("tail -n +1 -f", "tail --lines=+1 --follow"),
    ("tail -n +1 -f", "tail -n +1 -F"),
    ("wait $!", "wait"),
    ("wait $!", 'pid=$!\nwait "$pid"'),
    ("#!/bin/sh", "#!/bin/bash"),
    ("#!/bin/sh", "#!/usr/bin/env bash"),
    ("exit 0", "kill $! 2> /dev/null\n    exit 0"),
)
_ORDERS: Pairs = (
    ('("", 8000)', '("0.0.0.0", 8000)'),
    ("self.answer(201", "self.answer(200"),
    ("self.answer(201", "self.answer(204"),
    ("self.answer(404", "self.answer(405"),
    ('{"orders": ORDERS}', "ORDERS"),
    ("json.dumps(content)", "json.dumps(content, indent=2)"),
    ("json.dumps(content)", "str(content)"),
    ('        self.send_header("Content-Length", str(len(body)))\n', ""),
)
_REPORTS: Pairs = (
    ('("", 8000)', '("0.0.0.0", 8000)'),
    ("self.answer(502", "self.answer(503"),
    ("self.answer(502", "self.answer(500"),
    ("os._exit(1)", "os._exit(7)"),
    ('"items": items', '"items": ", ".join(items)'),
    ("json.dumps(content)", "json.dumps(content, indent=2)"),
)
_ASK: Pairs = (
    ("print(answer)\n", "sys.stdout.write(answer + chr(10))\n"),
    ("print(answer)\n", "print(answer, flush=True)\n"),
    ('"a")', '"at", encoding="utf-8")'),
    ('file.write(answer + "\\n")', "print(answer, file=file)"),
    ('os.environ["SECRET_KEY"]', 'os.getenv("SECRET_KEY") or sys.exit("no key")'),
    ("timeout=5", "timeout=8"),
    ("import json\nimport os\n", "import os\nimport json\n"),
    (
        "urlopen(URL, json.dumps(asked).encode(), timeout=5)",
        (
            "urlopen(urllib.request.Request(URL, json.dumps(asked).encode(), "
            '{"Content-Type": "application/json"}), timeout=5)'
        ),
    ),
)
TEXTS = {
    "install-docker.sh": _INSTALL,
    "post-install.sh": _POST,
    "entrypoint.sh": _FOLLOW,
    "orders.py": _ORDERS,
    "reports.py": _REPORTS,
    "client.py": _ASK,
}


def of_text(file: str, text: str) -> Iterator[Change]:
    """Yield the rewrites of a script or a program."""
    for old, new in TEXTS[file]:
        place = f"{' '.join(old.split())[:40]} -> {' '.join(new.split())[:40] or 'nothing'}"
        yield Change("rewrite", place, edit(text, old, new))


def of_dockerfile(lab: str, file: str, text: str) -> Iterator[Change]:
    """Yield the rewrites of a Dockerfile."""
    found = Dockerfile(lab, file, text)
    every = found.instructions
    lines = text.split("\n")
    last = every[-1]

    def each(change: Sequence[str], place: str) -> Change:
        return Change("rewrite", place, "\n".join(change))

    names = {line.at: line for line in every}
    yield each(
        [_lower(line) if at in names else line for at, line in enumerate(lines)],
        "lower case",
    )
    inside = [f"  {line}" if at in names else line for at, line in enumerate(lines)]
    yield each(inside, "indented")
    wide = [re.sub(r"^([A-Z]+) ", r"\1    ", line) for line in lines]
    yield each(wide, "spaces behind the name")
    trailing = [f"{line}   " if at in names else line for at, line in enumerate(lines)]
    yield each(trailing, "spaces at the end")
    bare = [line for line in lines if line and not line.startswith("#")]
    yield each([*bare, ""], "no comments")
    told = [f"# step {at}\n\n{line}" if at in names else line for at, line in enumerate(lines)]
    yield each(told, "comments")
    yield Change("rewrite", "CRLF", text.replace("\n", "\r\n"))
    yield Change("rewrite", "no newline at the end", text.rstrip("\n"))
    yield Change(
        "rewrite",
        "labels",
        found.put(last.at, 'LABEL b="2" a=1', "LABEL maintainer=me", lines[last.at]),
    )
    yield Change("rewrite", "labels at the end", f'{text}LABEL maintainer="a b"\n')
    yield Change("rewrite", "a variable", found.put(last.at, "ENV MORE=1", lines[last.at]))
    yield Change("rewrite", "another base", found.put(every[0].at, "FROM python:3.12-slim"))
    yield Change(
        "rewrite", "a full name", found.put(every[0].at, "FROM docker.io/library/python:3.7")
    )
    yield Change("rewrite", "a stage", found.put(every[0].at, "FROM python:3.7 AS final"))
    yield Change("rewrite", "an ARG", found.put(every[0].at, "ARG TAG=3.7", "FROM python:${TAG}"))
    yield Change("rewrite", "USER root", found.put(last.at, "USER root", lines[last.at]))
    yield Change(
        "rewrite", "STOPSIGNAL TERM", found.put(last.at, "STOPSIGNAL SIGTERM", lines[last.at])
    )
    yield from _paths(found, every)


def _lower(line: str) -> str:
    name, _, rest = line.partition(" ")
    return f"{name.lower()} {rest}"


def _paths(file: Dockerfile, every: Sequence[Line]) -> Iterator[Change]:
    work = next(line for line in every if line.name == "WORKDIR")
    yield Change("rewrite", "WORKDIR/", file.put(work.at, f"WORKDIR {work.rest}/"))
    yield Change(
        "rewrite", "WORKDIR in two", file.put(work.at, "WORKDIR /usr", f"WORKDIR {work.rest}")
    )
    if not file.lab.startswith("05"):  # its CMD goes up and down again from there
        yield Change("rewrite", "another WORKDIR", file.put(work.at, "WORKDIR /opt/lab"))
    for line in every:
        if line.name in {"COPY", "ADD"}:
            source, target = line.rest.split()
            whole = f"{work.rest}/{target.strip('.')}".replace("//", "/")
            for words in (
                f"./{source} {target}",
                f"{source} {whole}",
                json.dumps([source, target]),
            ):
                text = file.put(line.at, f"{line.name} {words}")
                yield Change("rewrite", f"{line.name} {words}", text)
        if line.name in {"ENTRYPOINT", "CMD"} and "python3" in line.rest:
            script = re.search(r"\w+\.py", line.rest)[0]  # type: ignore[index]
            for old, new in (
                ("python3", "python"),
                ("python3", "/usr/local/bin/python3"),
                (script, f"./{script}"),
                (script, f"{work.rest}/{script}"),
                ('"python3"', '"python3", "-u"'),
                ("python3 ", "python3 -u "),
                (", ", ","),
                ("[", "[ "),
            ):
                if old in line.rest:
                    rest = line.rest.replace(old, new)
                    yield Change(
                        "rewrite", f"{line.name} {rest}", file.put(line.at, f"{line.name} {rest}")
                    )
