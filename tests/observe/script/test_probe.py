"""Scripts on throw-away machines: what is seen of them, and what cannot be forged there."""

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from grader.core.errors import EngineFault
from grader.engine.docker import DockerEngine
from grader.facts.scripts import Call, ScriptRun, ScriptWorld
from grader.observe.script.machines import Machines, MachineSpec, machines
from grader.observe.session import Session

MACHINE = MachineSpec(
    name="test",
    release="jammy",
    arch="amd64",
    umask=0o022,
    user="mira",
    others=("jonas",),
    groups=("sudo", "lab"),
    engine=False,
    members=None,
    sudo=False,
    runs=1,
)
ENGINE = replace(MACHINE, engine=True, members=("jonas",))
ATTACKS: Mapping[str, str] = {
    "writes to the recorder's files": """
        for file in fd/0 fd/1 fd/2 fd/3 mem environ; do
          echo forged | sudo tee /proc/1/$file > /dev/null && echo OPEN
          sudo head -c 1 /proc/1/$file > /dev/null && echo OPEN
        done
    """,
    "traces the recorder": """
        sudo python3 -c '
        import ctypes, resource
        libc = ctypes.CDLL(None)
        for request in (16, 0x4206):
            if libc.ptrace(request, 1, 0, 0) == 0:
                print("OPEN")
        try:
            resource.prlimit(1, resource.RLIMIT_CPU, (1, 1))
            print("OPEN")
        except OSError:
            pass'
    """,
    "replaces a shim": """
        sudo rm -f /usr/bin/apt-get && echo OPEN
        sudo ln -sf /bin/true /usr/bin/apt-get && echo OPEN
        sudo mv /usr/bin/curl /usr/bin/lruc && echo OPEN
        sudo umount /usr/bin/curl && echo OPEN
        sudo sh -c ': > /usr/bin/curl' && echo OPEN
        sudo sh -c ': > /usr/lib/lab/recorder.py' && echo OPEN
        sudo mount --bind /bin/true /usr/bin/curl && echo OPEN
    """,
    "gets more capabilities": """
        grep -q 'CapEff:.0000000000000000' /proc/self/status || echo OPEN
        sudo grep -q 'CapBnd:.00000000000000eb' /proc/self/status || echo OPEN
        sudo unshare -m true && echo OPEN
    """,
    "kills the recorder": """
        for signal in KILL TERM INT STOP SEGV HUP CHLD XCPU; do sudo kill -$signal 1; done
    """,
    "talks to the recorder without a shim": """
        sudo python3 -c '
        import socket
        for body in (b"", b"call", b"done\\0" b"0", b"\\xff" * 999,
                     b"call\\0docker\\0" b"18\\0-5\\0run", b"call\\0sudo\\0" b"18\\0" b"1\\0true",
                     b"call\\0apt-get\\0" b"999999\\0" b"1\\0update"):
            link = socket.socket(socket.AF_UNIX)
            link.connect("\\0lab")
            link.sendall(len(body).to_bytes(4, "little") + body)
        for size in (2**31, 2**32 - 1):
            link = socket.socket(socket.AF_UNIX)
            link.connect("\\0lab")
            link.sendall(size.to_bytes(4, "little"))
        '
    """,
    "spoils the tables": """
        sudo sh -c 'rm -f /etc/passwd /etc/group; mkfifo /etc/passwd; mkdir /etc/group'
        sudo mkfifo /etc/apt/sources.list.d/docker.list
        sudo ln -s /dev/zero /etc/apt/trusted.gpg.d/docker.gpg
    """,
    "puts numbers into the tables": """
        printf 'docker:x:99999999999999999999:mira\\nlab:x:\\u00b2:mira\\n' | sudo tee -a /etc/group
        printf 'eve:x:-1:4294967296::/:\\n' | sudo tee -a /etc/passwd
        sudo -u eve true; sudo -g lab true; sg docker true; sg lab true
        tables='/etc/group /var/lib/dpkg/status'
        sudo sh -c "rm $tables; mkfifo $tables"
        sudo apt-get install docker-ce
    """,
    "digs deep": """
        python3 -c '
        import os
        for number in range(3000):
            os.mkdir("d"); os.chdir("d")'
        sudo mkdir /etc/apt/keyrings; cd /etc/apt/keyrings
        sudo python3 -c '
        for number in range(3000):
            open("k%d" % number, "w").close()'
    """,
}


def _run(session: Session, script: str | bytes, machine: MachineSpec = MACHINE) -> ScriptWorld:
    content = script if isinstance(script, bytes) else _dedented(script).encode()
    base = session.bases.get("python:3.7")
    with machines(session.engine, base.id, session.run_id, "script.sh", content) as made:
        return made.run(machine)


def _dedented(script: str) -> str:
    return "\n".join(line.removeprefix("        ") for line in script.splitlines()) + "\n"


def _called(run: ScriptRun, name: str) -> list[Call]:
    return [call for call in run.calls if call.name == name]


@pytest.mark.docker
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_wins_nothing(session: Session, attack: str) -> None:
    """Each script is seen to its end, and nothing it wrote is taken for a record."""
    world = _run(session, ATTACKS[attack] + "\nexit 7\n")
    (run,) = world.runs

    assert "OPEN" not in run.output
    assert (run.ended, run.exit_code) == ("exit", 7)
    assert not [call for call in run.calls if call.step == "docker run" and call.code == 0]


@pytest.mark.docker
@pytest.mark.parametrize(
    ("script", "ended"),
    [
        ("sleep infinity", {"deadline"}),
        ("while :; do :; done", {"deadline"}),
        ("yes", {"flood"}),
        (":(){ :|:& };:\nwhile :; do sudo sh -c ':(){ :|:& };:'; done", {"deadline", "flood"}),
        ("sudo kill -9 -1; sleep 1", {"exit"}),
        ("sudo rm -rf --no-preserve-root / 2> /dev/null", {"exit"}),
        ("sudo reboot; sleep 5", {"reboot"}),
        ("sudo python3 -c 'x = [bytes(2**20) for _ in range(999)]'", {"exit", "lost"}),
    ],
)
def test_a_hostile_script_is_ended_in_time(
    session: Session,
    engine: DockerEngine,
    script: str,
    ended: set[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With a reason, and nothing of it is left; the wrong solutions wait the whole time."""
    monkeypatch.setattr("grader.observe.script.machines.SCRIPT_DEADLINE", 4.0)
    world = _run(session, f"{script}\n")

    assert {run.ended for run in world.runs} <= ended
    left = {entry.id for entry in engine.leftovers() if entry.label == session.run_id}
    assert left == set()


@pytest.mark.docker
def test_what_was_called_is_told_with_the_kernels_word_for_who(session: Session) -> None:
    """Through sudo, by absolute path, in an emptied environment, from a directory that is gone."""
    world = _run(
        session,
        """
        apt-get update
        sudo apt-get update
        env -i /usr/bin/sudo -u jonas /usr/bin/apt-get update
        mkdir gone; cd gone; rmdir ../gone
        sudo apt-get install curl
        sudo -i apt-get install gnupg
        """,
    )
    calls = _called(world.runs[0], "apt-get")

    assert [(call.uid, call.code) for call in calls] == [
        (world.uid, 100),
        (0, 0),
        (world.uid + 1, 100),
        (0, 0),
        (0, 0),
    ]
    assert world.after(world.runs[0]).packages == ("curl", "gnupg")


@pytest.mark.docker
def test_sudo_is_as_sudo_is(session: Session) -> None:
    """Names, home, path, umask, options, exit codes, and a redirection stays the user's."""
    world = _run(
        session,
        """
        sudo sh -c 'echo $USER $HOME $SUDO_USER $SUDO_UID $(umask) ${SECRET:-none}'
        SECRET=kept sudo -E sh -c 'echo $SECRET'
        sudo SECRET=given sh -c 'echo $SECRET'
        sudo sh -c 'exit 42'; echo $?
        sudo no-such-command; echo $?
        sudo -u nobody-here true; echo $?
        echo text | sudo cat
        sudo echo text > /etc/file; echo $?
        sudo -u jonas id -un
        sudo -i pwd
        """,
        replace(MACHINE, umask=0o027),
    )
    output = world.runs[0].output
    said = [row for row in output.splitlines() if "sudo:" not in row and "not found" not in row]

    assert said == [
        f"root /root mira {world.uid} 0027 none",
        *("kept", "given", "42", "127", "1", "text"),
        "script.sh: line 9: /etc/file: Permission denied",
        *("1", "jonas", "/root"),
    ]


@pytest.mark.docker
def test_the_engine_is_for_root_and_its_group(session: Session) -> None:
    """As the groups of the calling process are, whatever /etc/group says by now."""
    world = _run(
        session,
        """
        docker run hello-world
        sudo docker run hello-world
        sg docker -c 'docker run hello-world'
        sudo usermod -aG docker mira
        docker run hello-world
        newgrp docker < /dev/null
        docker run hello-world
        sg docker -c 'docker run hello-world'
        newgrp docker <<< 'docker run hello-world'
        sudo -u mira docker run hello-world
        sudo su - mira -c 'docker run hello-world'
        docker run --no-such-flag hello-world
        """,
        ENGINE,
    )
    hellos = [call.code for call in world.runs[0].calls if call.step == "docker run"]

    assert hellos == [126, 0, 126, 126, 0, 0, 0, 0, 126]


# What a careful script asks before, between and after, with its answers in a fresh machine and
# behind an installation.
QUESTIONS: Mapping[str, tuple[str, str]] = {
    "dpkg -s docker-ce > /dev/null 2>&1; echo $?": ("1", "0"),
    "dpkg --get-selections 'docker-ce*' docker.io 2> /dev/null | cut -f1 | xargs; echo $?": (
        "\n0",
        "docker-ce docker-ce-cli\n0",
    ),
    "dpkg-query -W -f '${Status}' docker-ce 2> /dev/null; echo": ("", "install ok installed"),
    "dpkg -l 2> /dev/null | grep -c '^ii  docker-ce '": ("0", "1"),
    "apt list --installed 2> /dev/null | grep -c '^docker-ce/'": ("0", "1"),
    "apt-cache policy docker-ce | grep -c download.docker.com": ("0", "1"),
    "apt-cache madison docker-ce | wc -l": ("0", "1"),
    "systemctl is-active docker": ("inactive", "active"),
    "service docker status > /dev/null 2>&1; echo $?": ("4", "0"),
    "sudo docker version 2> /dev/null | grep -c Server": ("0", "2"),
    "dpkg --compare-versions 22.04 ge 20.04; echo $?": ("0", "0"),
    "echo $(lsb_release --id --short) $(lsb_release -cs)": ("Ubuntu jammy", "Ubuntu jammy"),
    "echo $(uname -sm), $(uname)": ("Linux x86_64, Linux", "Linux x86_64, Linux"),
    "logname": ("mira", "mira"),
}


@pytest.mark.docker
def test_what_a_script_asks_is_answered_by_what_it_did(session: Session) -> None:
    """Packages, services and releases, asked in the ways there are."""
    ask = "\n".join(QUESTIONS)
    world = _run(
        session,
        f"{ask}\necho DONE\n"
        "sudo add-apt-repository 'deb https://download.docker.com/linux/ubuntu x y' > /dev/null\n"
        "sudo apt-get install --dry-run docker-buildx-plugin\n"
        f"sudo apt-get install docker-ce docker-ce-cli > /dev/null\n{ask}\n",
    )
    (run,) = world.runs
    before, _, after = run.output.partition("DONE\n")

    assert before == "".join(f"{fresh}\n" for fresh, _ in QUESTIONS.values())
    assert after == "".join(f"{there}\n" for _, there in QUESTIONS.values())
    assert world.after(run).packages == ("docker-ce", "docker-ce-cli")
    assert [call.step for call in run.calls if call.step] == [
        "apt-get update",
        "add-apt-repository",
        "apt-get install",
        "apt-get install",
    ]


@pytest.mark.docker
def test_time_is_short(session: Session) -> None:
    """A script that waits and tries again is done with that in time."""
    world = _run(session, "sleep 20; sleep 0.5m 1s; sleep x || echo $?; sleep -- 1 || sudo sleep 1")
    (run,) = world.runs

    assert (run.ended, run.output.splitlines()[-1]) == ("exit", "1")
    assert run.seconds < 20 + 30 + 1 + 1 + 1


@pytest.mark.docker
def test_gpg_and_curl_are_as_faithful_as_it_takes(session: Session) -> None:
    """An existing file stays, an empty one is left, an error page is content enough for curl."""
    world = _run(
        session,
        """
        url=https://download.docker.com/linux/ubuntu/gpg
        curl -fsSL $url | gpg --dearmor -o key.gpg; echo $?
        curl -fsSL $url | gpg --dearmor -o key.gpg; echo $?
        curl -fsSL $url | gpg --dearmor --yes -o key.gpg; echo $?
        gpg --dearmor -o empty.gpg < /dev/null; echo $? $(stat -c %s empty.gpg)
        curl -fsS ${url}x; echo $?
        curl -sS -o page ${url}x; echo $? $(grep -c html page)
        curl -fsS https://example.org; echo $?
        curl -fsSL --create-dirs -o new/key $url; echo $? $(stat -c %a new)
        gpg --show-keys --with-colons new/key | grep -c 9DC858229FC7DD38854AE2D88D81803C0EBFCD88
        curl -fsS http://download.docker.com/linux/ubuntu/gpg | head -c 6
        wget -qO- $url | head -c 10
        """,
    )
    numbers = [row for row in world.runs[0].output.splitlines() if row[:1].isdigit()]

    assert numbers == ["0", "2", "0", "2 0", "22", "0 1", "6", "0 750", "1"]


@pytest.mark.docker
def test_a_step_fails_where_it_is_told_to(session: Session) -> None:
    """From its how manieth call on, and whenever it is tried again."""
    script = """
        sudo apt-get update; echo $?
        sudo apt-get update; echo $?
        sudo apt-get update; echo $?
        curl -fsS https://download.docker.com/linux/ubuntu/gpg > /dev/null; echo $?
    """
    second = _run(session, script, replace(MACHINE, breaks=("apt-get update", 2)))
    fetching = _run(session, script, replace(MACHINE, breaks=("curl", 1)))

    assert [row for row in second.runs[0].output.splitlines() if row.isdigit()] == [
        "0",
        "100",
        "100",
        "0",
    ]
    assert fetching.runs[0].output.splitlines()[-1] == "22"
    assert [call.broken for call in fetching.runs[0].calls if call.step == "curl"] == [True]


@pytest.mark.docker
def test_machines_do_not_know_of_each_other(session: Session) -> None:
    """Several at once, each with its own state and user."""
    scripts = [f"sudo apt-get install package{number}\n" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        worlds = list(pool.map(lambda script: _run(session, script), scripts))

    assert [world.after(world.runs[0]).packages for world in worlds] == [
        (f"package{number}",) for number in range(4)
    ]
    assert len({world.uid for world in worlds}) == 4


@pytest.mark.docker
def test_an_engine_that_cannot_see_our_files_is_nobodys_low_score(session: Session) -> None:
    """As one on another machine: the shims are bind mounts."""
    base = session.bases.get("python:3.7")
    elsewhere = Path("/nowhere/lab")
    made = Machines(session.engine, base.id, session.run_id, elsewhere, "script.sh")

    with pytest.raises(EngineFault, match="the engine has to run here"):
        made.run(MACHINE)


@pytest.mark.docker
def test_the_files_a_machine_is_made_of_are_readable_and_removed(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the grader's own umask is."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = os.umask(0o077)
    try:
        world = _run(session, "sudo apt-get update\n")
    finally:
        os.umask(before)

    assert [call.name for call in world.runs[0].calls] == ["sudo", "apt-get"]
    assert list(tmp_path.iterdir()) == []
