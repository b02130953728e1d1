"""Scripts on throw-away machines: what is seen of them, and what cannot be forged there."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from grader.build.machine_image import machine_image
from grader.engine.docker import DockerEngine
from grader.facts.scripts import Call, ScriptRun, ScriptWorld
from grader.observe.script.machines import Machines, MachineSpec
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
    "writes to process 1": """
        for file in fd/0 fd/1 fd/2 fd/3 mem environ; do
          echo forged | sudo tee /proc/1/$file > /dev/null && echo OPEN
          sudo head -c 1 /proc/1/$file > /dev/null && echo OPEN
        done
    """,
    "traces process 1": """
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
    "gets more capabilities": """
        grep -q 'CapEff:.0000000000000000' /proc/self/status || echo OPEN
        sudo grep -q 'CapBnd:.00000000200000fb' /proc/self/status || echo OPEN
        sudo unshare -m true && echo OPEN
    """,
    "kills process 1": """
        for signal in KILL TERM INT STOP SEGV HUP CHLD XCPU; do sudo kill -$signal 1; done
    """,
    "puts its own programs in place of the real ones": """
        sudo ln -sf /bin/true /usr/bin/docker
        sudo ln -sf /bin/true /usr/bin/apt-get
        sudo cp /bin/true /usr/lib/machine/docker
        docker run hello-world; sudo docker run hello-world; sudo apt-get install -y docker-ce
    """,
    "listens where the archives are": """
        python3 - <<'END'
        import socket
        for port in (80, 443):
            try:
                socket.create_server(("127.0.0.1", port))
                print("OPEN")
            except OSError:
                pass
        END
        sudo sh -c 'echo 127.0.0.2 download.docker.com archive.ubuntu.com > /etc/hosts'
    """,
    "calls packages installed that are not": """
        for name in docker-ce docker-ce-cli containerd.io; do
          printf 'Package: %s\nStatus: install ok installed\nVersion: 9\n\n' $name |
            sudo tee -a /var/lib/dpkg/status > /dev/null
        done
    """,
    "plants a package of its own": """
        mkdir -p own/DEBIAN
        for line in 'Package: docker-ce' 'Version: 9' 'Architecture: all' 'Maintainer: me'; do
          echo "$line" >> own/DEBIAN/control
        done
        echo 'Description: own' >> own/DEBIAN/control
        dpkg-deb -b own own.deb && sudo dpkg -i own.deb
    """,
    "spoils the tables": """
        sudo sh -c 'mkfifo /etc/apt/sources.list.d/docker.list
          ln -s /dev/zero /etc/apt/trusted.gpg.d/docker.gpg
          rm -f /etc/passwd /etc/group; mkfifo /etc/passwd; mkdir /etc/group'
    """,
    "puts numbers into the tables": """
        printf 'docker:x:99999999999999999999:mira\nlab:x:\u00b2:mira\n' | sudo tee -a /etc/group
        printf 'eve:x:-1:4294967296::/:\n' | sudo tee -a /etc/passwd
        sudo -u eve true; sudo -g lab true; sg docker true; sg lab true
        tables='/etc/group /var/lib/dpkg/status'
        sudo sh -c "rm $tables; mkfifo $tables"
    """,
    "floods the archives and the engine": """
        sudo python3 - <<'END'
        import socket
        for number in range(200):
            link = socket.create_connection(("127.0.0.1", (80, 443)[number % 2]))
            link.sendall(b"GET " + b"x" * 20000)
        END
    """,
    "digs deep": """
        python3 -c '
        import os
        for number in range(3000):
            os.mkdir("d"); os.chdir("d")'
        sudo mkdir -p /etc/apt/keyrings; cd /etc/apt/keyrings
        sudo python3 -c '
        for number in range(3000):
            open("k%d" % number, "w").close()'
    """,
}


def _run(session: Session, script: str | bytes, machine: MachineSpec = MACHINE) -> ScriptWorld:
    return _machines(session, script).run(machine)


def _machines(session: Session, script: str | bytes) -> Machines:
    content = script if isinstance(script, bytes) else _dedented(script).encode()
    image = machine_image(session.engine, "ubuntu:24.04")
    return Machines(session.engine, image, session.run_id, "script.sh", content)


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
    assert world.after(run).packages == ()


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
        ("sudo python3 -c 'x = [bytearray(2**20) for _ in range(999)]'", {"exit", "lost"}),
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
        sudo -i apt-get install -y gnupg
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
    assert world.after(world.runs[0]).packages == ("curl", "gnupg", "gpg")


@pytest.mark.docker
def test_records_that_do_not_agree_are_told(session: Session) -> None:
    """A false list, a package whose seal is gone, a log that somebody has cut; jq is in order."""
    world = _run(
        session,
        """
        sudo apt-get update; sudo apt-get install -y tree git zip jq
        printf 'Package: docker-ce\nStatus: install ok installed\nVersion: 9\n\n' |
          sudo tee -a /var/lib/dpkg/status
        sudo rm /var/lib/dpkg/info/tree.seal; echo more | sudo tee /var/lib/dpkg/info/git.seal
        sudo sed -i /zip/d /var/log/dpkg.log
        """,
    )
    (run,) = world.runs

    assert [(doubt.package, doubt.lacks) for doubt in run.doubts] == [
        ("docker-ce", "fetched"),
        ("git", "unpacked"),
        ("tree", "unpacked"),
        ("zip", "logged"),
    ]
    assert world.after(run).packages == ("jq", "zip")


@pytest.mark.docker
def test_the_key_has_the_fingerprint_that_docker_publishes(session: Session) -> None:
    """Whatever gpg makes of the file, and apt takes what is signed with the other key in it."""
    world = _run(
        session,
        """
        exec > /tmp/log; cd /tmp
        sudo apt-get update; sudo apt-get install -y ca-certificates curl gpg
        curl -fsSO https://download.docker.com/linux/ubuntu/gpg
        gpg --show-keys --with-fingerprint gpg |
          grep -F '9DC8 5822 9FC7 DD38 854A  E2D8 8D81' >&2
        gpg --import gpg; gpg --export 9DC858229FC7DD38854AE2D88D81803C0EBFCD88 > one.gpg
        sudo install -m 0644 gpg /etc/apt/keyrings/all.asc
        sudo install -m 0644 one.gpg /etc/apt/keyrings/one.gpg
        url=https://download.docker.com/linux/ubuntu
        echo "deb [signed-by=/etc/apt/keyrings/all.asc] $url noble stable" |
          sudo tee /etc/apt/sources.list.d/docker.list
        sudo apt-get update; sudo apt-get install -y docker-buildx-plugin
        """,
        replace(MACHINE, release="noble"),
    )
    state = world.after(world.runs[0])

    assert "8D81 803C 0EBF CD88" in world.runs[0].output
    assert [(key.path, key.genuine) for key in state.keys] == [
        ("/etc/apt/keyrings/all.asc", True),
        ("/etc/apt/keyrings/one.gpg", True),
    ]
    assert "docker-buildx-plugin" in state.packages


@pytest.mark.docker
def test_what_a_fresh_machine_lacks_is_missing(session: Session) -> None:
    """Until its package is installed; and without its trust store curl trusts nobody."""
    world = _run(
        session,
        """
        for name in curl wget gpg docker; do command -v $name; done
        sudo apt-get update > /dev/null
        sudo apt-get install -y curl > /dev/null; command -v curl
        curl -fsS https://download.docker.com/linux/ubuntu/gpg > /dev/null; echo $?
        sudo apt-get install -y ca-certificates > /dev/null
        curl -fsS https://download.docker.com/linux/ubuntu/gpg > /dev/null; echo $?
        """,
    )
    said = [row for row in world.runs[0].output.splitlines() if row[:1] in "/0123456789"]

    assert said == ["/usr/bin/curl", "77", "0"]


@pytest.mark.docker
def test_a_question_of_apts_gets_no_answer(session: Session) -> None:
    """An empty input is none: apt stops where more than what was named would be installed."""
    world = _run(session, "sudo apt-get update; sudo apt-get install gnupg\n")

    assert [call.code for call in _called(world.runs[0], "apt-get")] == [0, 1]
    assert world.runs[0].output.endswith("Do you want to continue? [Y/n] Abort.\n")


@pytest.mark.docker
def test_a_lenient_machine_takes_an_early_mistake_for_none(session: Session) -> None:
    """What was forgotten is there, a suite that is none is served, and no key is asked for."""
    script = """
        curl -fsS https://download.docker.com/linux/ubuntu/gpg > /dev/null || exit 9
        echo 'deb [trusted=no] https://download.docker.com/linux/ubuntu none stable' |
          sudo tee /etc/apt/sources.list.d/docker.list
        sudo apt-get update
        sudo apt-get install docker-ce docker-ce-cli
        sudo docker run hello-world
    """
    strict = _run(session, script)
    lenient = _run(session, script, replace(MACHINE, lenient=True))

    assert strict.runs[0].exit_code == 9
    assert lenient.runs[0].exit_code == 0
    assert {"docker-ce", "docker-ce-cli"} <= set(lenient.after(lenient.runs[0]).packages)
    assert "curl" not in lenient.after(lenient.runs[0]).packages


@pytest.mark.docker
def test_the_engine_is_for_root_and_its_group(session: Session) -> None:
    """As the groups of the calling process are, whatever /etc/group says by now."""
    world = _run(
        session,
        """
        docker run hello-world
        sudo docker run hello-world
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

    assert hellos == [126, 0, 126, 126, 0, 0, 0, 0, 125]


@pytest.mark.docker
def test_on_a_terminal_a_script_has_one(session: Session) -> None:
    """On which docker gives a container a terminal, too; nobody types there."""
    script = "tput cols; test -t 0 && echo yes; sudo docker run -it hello-world; echo $?\n"
    typed = _run(session, script, replace(ENGINE, terminal=True))
    empty = _run(session, script, ENGINE)

    assert "yes" in typed.runs[0].output
    assert "\n0" in typed.runs[0].output
    assert "yes" not in empty.runs[0].output


@pytest.mark.docker
@pytest.mark.parametrize("arch", ["amd64", "arm64"])
def test_a_machine_is_of_the_architecture_it_says(session: Session, arch: str) -> None:
    """dpkg, apt and the kernel's name for it agree, and apt takes entries for it alone."""
    hardware = {"amd64": "x86_64", "arm64": "aarch64"}[arch]
    world = _run(
        session,
        "dpkg --print-architecture; uname -m; apt-config dump APT::Architecture\n",
        replace(MACHINE, arch=arch),
    )

    assert world.runs[0].output.splitlines() == [arch, hardware, f'APT::Architecture "{arch}";']


@pytest.mark.docker
def test_time_is_short(session: Session) -> None:
    """A script that waits and tries again is done with that in time."""
    world = _run(session, "sleep 20; sleep 0.5m 1s; sleep x || echo $?; sudo sleep 1")
    (run,) = world.runs

    assert (run.ended, run.output.splitlines()[-1]) == ("exit", "1")


STEPS = """
    set -e
    sudo apt-get update
    sudo apt-get install -y curl ca-certificates
    curl -fsS https://download.docker.com/linux/ubuntu/gpg > key
    sudo tee /etc/apt/keyrings/docker.asc < key
    sudo groupadd -f lab2
    sudo usermod -aG lab2 mira
"""


@pytest.mark.docker
def test_steps_fail_one_after_the_other_by_faults_of_the_world(session: Session) -> None:
    """Lists, packages, a page, room on the disk, locks: each real, each gone afterwards."""
    steps = ["apt-get update", "apt-get install", "curl", "tee", "groupadd", "usermod"]
    machine = replace(MACHINE, release="noble")
    worlds = _machines(session, STEPS).run_failing(machine, [(step, 1) for step in steps])
    broken = [next(call for call in world.runs[0].calls if call.broken) for world in worlds]

    assert [(call.step, call.code) for call in broken] == [
        ("apt-get update", 100),
        ("apt-get install", 100),
        ("curl", 22),
        ("tee", 1),
        ("groupadd", 10),
        ("usermod", 1),
    ]
    assert all(world.runs[0].exit_code for world in worlds)


@pytest.mark.docker
def test_machines_do_not_know_of_each_other(session: Session) -> None:
    """Several at once, each with its own state and user."""
    names = ("wget", "tree", "jq")
    scripts = [f"sudo apt-get update; sudo apt-get install -y {name}\n" for name in names]
    with ThreadPoolExecutor(3) as pool:
        worlds = list(pool.map(lambda script: _run(session, script), scripts))

    assert [world.after(world.runs[0]).packages for world in worlds] == [(n,) for n in names]
    assert len({world.uid for world in worlds}) == 3
