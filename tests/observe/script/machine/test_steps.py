"""Which calls are steps, under which name, and what makes each fail."""

import pytest

from grader.observe.script.machine.steps import called, fault, step


@pytest.mark.parametrize(
    ("line", "kind", "harm"),
    [
        ("apt-get -qq -o Dpkg::Use-Pty=0 update", "apt-get update", "lists"),
        ("apt -y install curl", "apt-get install", "packages"),
        ("apt-get remove docker.io", "", ""),
        ("curl -fsSL https://download.docker.com/linux/ubuntu/gpg", "curl", "page"),
        ("curl --version", "", ""),
        ("gpg --yes --dearmor -o key", "gpg", "space"),
        ("gpg --version", "", ""),
        ("tee /etc/apt/sources.list.d/docker.list", "tee", "space"),
        ("tee log", "", ""),
        ("install -m 0755 -d /etc/apt/keyrings", "install", ""),
        ("install -m 644 key /etc/apt/keyrings/key", "install", "space"),
        ("docker --log-level error container run hello-world", "docker run", "engine"),
        ("docker ps", "", ""),
        ("usermod -aG docker mira", "usermod", "lock"),
        ("groupadd", "", ""),
    ],
)
def test_a_call_is_a_step_or_only_asks(line: str, kind: str, harm: str) -> None:
    """By its name and its words."""
    name, *words = line.split()

    assert step(name, words) == kind
    assert fault(kind, words) == harm


@pytest.mark.parametrize(
    ("program", "command", "name"),
    [
        ("/usr/bin/apt-get", ["apt-get", "update"], "apt-get"),
        ("/usr/bin/perl", ["/usr/bin/perl", "/usr/sbin/adduser", "mira", "docker"], "adduser"),
        ("/usr/bin/perl", ["/usr/bin/perl", "-T", "/usr/sbin/adduser", "mira"], "adduser"),
        ("/usr/bin/bash", ["bash", "/home/mira/bin/apt-get", "update"], "bash"),
        ("/usr/bin/newgrp", ["sg", "docker"], "sg"),
        ("/usr/bin/python3.11", ["python3", "-c", "1"], "python3.11"),
    ],
)
def test_a_program_goes_by_its_own_name(program: str, command: list[str], name: str) -> None:
    """A script of the machine's by the script's, one of the student's by its interpreter's."""
    assert called(program, command)[0] == name
