"""Judges of scripts on facts recorded from the model solutions, one fact changed at a time."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from grader.facts import Fault, LabFacts, NotSeen
from grader.facts.scripts import (
    Change,
    Doubt,
    KeyFile,
    MachineState,
    ScriptFacts,
    ScriptRun,
    ScriptWorld,
)
from grader.judge.apt import entries
from grader.judge.check_kinds import PARAMS, judge
from grader.judge.context import JudgeContext
from grader.judge.notes import script_notes
from grader.result import Status, Verdict
from grader.results.store import read_facts
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment

ROOT = Path(__file__).parent.parent
INSTALL, POST = "02-installation", "03-post-install"
LIST = "/etc/apt/sources.list.d/docker.list"
KEY = "/etc/apt/keyrings/docker.gpg"
URL = "https://download.docker.com/linux/ubuntu"


class Case:
    """A recorded lab with some facts replaced, and the verdicts on it."""

    def __init__(self, name: str) -> None:
        self.lab: Assignment = load_assignment(ROOT.parent / "assignments" / name, PARAMS)
        self.facts: LabFacts = read_facts(ROOT / "recorded" / f"{name}.json").labs[0]
        ((self.name, found),) = self.facts.observations.items()
        assert isinstance(found, ScriptFacts)
        self.script: ScriptFacts = found

    def world(self, name: str, **changed: Any) -> None:
        """Replace fields of one machine."""
        worlds = {**self.script.worlds, name: self.script.worlds[name].model_copy(update=changed)}
        self.script = self.script.model_copy(update={"worlds": worlds})

    def run(self, name: str, number: int = 0, **changed: Any) -> None:
        """Replace fields of one run."""
        runs = list(self.script.worlds[name].runs)
        runs[number] = runs[number].model_copy(update=changed)
        self.world(name, runs=tuple(runs))

    def end(self, name: str, number: int = 0, **changed: Any) -> None:
        """Replace fields of the machine as a run left it."""
        world = self.script.worlds[name]
        state = world.after(world.runs[number]).model_copy(update=changed)
        self.world(name, states=(*world.states, state))
        self.run(name, number, state=len(world.states))

    def after(self, name: str) -> MachineState:
        """Return the machine as the first run left it."""
        world = self.script.worlds[name]
        return world.after(world.runs[0])

    def calls(self, name: str, wanted: Callable[[str], bool], number: int = 0) -> None:
        """Keep only the calls whose step is wanted."""
        run = self.script.worlds[name].runs[number]
        self.run(name, number, calls=tuple(call for call in run.calls if wanted(call.step)))

    def calls_of(self, name: str, kind: str, number: int = 0, **changed: Any) -> None:
        """Replace fields of every call of one kind of step."""
        run = self.script.worlds[name].runs[number]
        calls = (c.model_copy(update=changed) if c.step == kind else c for c in run.calls)
        self.run(name, number, calls=tuple(calls))

    def verdict(self, check: str) -> Verdict:
        """Return the verdict on one check of the lab."""
        facts = self.facts.model_copy(update={"observations": {self.name: self.script}})
        found = next(entry for entry in self.lab.checks if entry.id == check)
        return judge(JudgeContext(self.lab, facts), found)


@pytest.fixture
def install() -> Case:
    """Return the installation lab."""
    return Case(INSTALL)


@pytest.fixture
def post() -> Case:
    """Return the post-installation lab."""
    return Case(POST)


def _failed(verdict: Verdict, words: str) -> None:
    assert (verdict.status, words in verdict.reason) == (Status.FAILED, True), verdict.reason


@pytest.mark.parametrize("name", [INSTALL, POST])
def test_the_model_passes_every_check(name: str) -> None:
    """As it did when the facts were recorded."""
    case = Case(name)

    lost = {c.id: case.verdict(c.id).reason for c in case.lab.checks}
    assert {
        c.id for c in case.lab.checks if case.verdict(c.id).status is not Status.PASSED
    } == set()
    assert all(reason.endswith(".") for reason in lost.values())


@pytest.mark.parametrize("name", [INSTALL, POST])
@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.ENGINE, Status.ERROR), (Fault.STUDENT, Status.FAILED)]
)
def test_whose_fault_it_is_decides(name: str, fault: Fault, status: Status) -> None:
    """Our outage is an error and theirs a failure, for every kind of check."""
    case = Case(name)
    missing = {case.name: NotSeen(fault=fault, why="because of the test")}
    context = JudgeContext(case.lab, case.facts.model_copy(update={"observations": missing}))

    verdicts = [judge(context, check) for check in case.lab.checks]

    assert {verdict.status for verdict in verdicts} == {status}
    assert {verdict.reason for verdict in verdicts} == {"because of the test"}


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ("deadline", "still running after"),
        ("flood", "more than 1 MiB"),
        ("reboot", "restarts the machine"),
        ("lost", "brought down the machine"),
    ],
)
def test_a_script_has_to_come_to_its_end(install: Case, ended: str, words: str) -> None:
    """On every machine and in every run there."""
    install.run("jammy", 1, ended=ended)

    _failed(install.verdict("finishes"), words)


def test_a_script_has_to_take_a_step(install: Case) -> None:
    """The last line it printed is told; Windows line ends are named."""
    install.run("noble", calls=(), output="first\nlast: not found\n", exit_code=127)
    install.script = install.script.model_copy(update={"windows_lines": True})
    verdict = install.verdict("finishes")

    _failed(verdict, "exit code 127 and took no step")
    assert "last: not found" in verdict.reason
    assert "Windows" in verdict.hint


def test_prerequisites_come_first(install: Case) -> None:
    """Before the key is fetched, and after the lists."""
    install.calls("jammy", lambda step: step not in {"curl", "wget"})
    install.end("jammy", packages=())
    _failed(install.verdict("prerequisites"), "fetches no key")

    install = Case(INSTALL)
    install.calls_of("jammy", "curl", state=install.script.worlds["jammy"].start)
    _failed(install.verdict("prerequisites"), "had not installed ca-certificates, curl, gnupg")

    install = Case(INSTALL)
    install.calls("noble", lambda step: step != "apt-get update")
    _failed(install.verdict("prerequisites"), "before the first apt-get install")


def test_the_keyring_directory(install: Case) -> None:
    """Its mode, its owner, and that it is there."""
    for folder, words in [
        ({"mode": 0o700, "uid": 0}, "mode 700, owner root"),
        ({"mode": 0o755, "uid": 1000}, "owner uid 1000"),
    ]:
        old = install.after("noble").folders
        changed = {**old, "/etc/apt/keyrings": old["/etc/apt/keyrings"].model_copy(update=folder)}
        install.end("noble", folders=changed)
        _failed(install.verdict("keyring-folder"), words)
    install.end("noble", folders={})
    _failed(install.verdict("keyring-folder"), "no directory /etc/apt/keyrings")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "empty", "genuine": False}, "is empty"),
        ({"kind": "other", "genuine": False}, "something else"),
        ({"kind": "none", "genuine": False}, "something else"),
        ({"kind": "binary", "genuine": False}, "something else"),
        ({"kind": "armored"}, "gpg --dearmor"),
        ({"path": "/etc/apt/keyrings/docker.asc"}, "call it .gpg"),
        ({"path": "/etc/apt/keyrings/docker.key"}, "neither in .gpg nor in .asc"),
    ],
)
def test_the_key_has_the_form_its_name_promises(
    install: Case, changed: Mapping[str, Any], words: str
) -> None:
    """On one machine is enough to lose it."""
    (key,) = install.after("noble").keys
    install.end("noble", keys=(key.model_copy(update=changed),))

    _failed(install.verdict("key-genuine"), words)


def test_the_key_can_be_read(install: Case) -> None:
    """By everybody."""
    install.end("noble", keys=(KeyFile(path=KEY, mode=0o640, kind="binary", genuine=True),))
    _failed(install.verdict("key-readable"), "mode 640")
    install.end("noble", keys=())
    _failed(install.verdict("key-readable"), "no key")


@pytest.mark.parametrize(
    ("check", "line", "words"),
    [
        ("entry", "# nothing", "no list of apt's names download.docker.com"),
        ("entry", f"deb {URL} noble stable\ndeb {URL} noble stable", "2 entries"),
        ("entry-release", f"deb {URL} jammy stable", "release is noble, but the entry says jammy"),
        ("entry-release", f"deb {URL} noble test", "component is test"),
        ("entry-release", f"deb {URL} noble", "component is nothing"),
        ("entry-release", f"deb {URL} noble stable test", "stable test, not stable alone"),
        ("entry-release", f"deb {URL}", "the entry says nothing"),
        ("entry-release", f"deb {URL[:-6]}debian noble stable", "/linux/debian, not"),
        ("entry-release", f"deb http{URL[5:]} noble stable", "address is http://"),
        ("entry-arch", f"deb [arch=amd64] {URL} noble stable", "but the entry says arch=amd64"),
        ("entry-arch", f"deb {URL} noble stable", "says no architecture"),
        ("entry-signed-by", f"deb {URL} noble stable", "signed-by is missing"),
        ("entry-signed-by", f"deb [trusted=yes] {URL} noble stable", "trusted=yes"),
        ("entry-signed-by", f"deb [trusted=1 signed-by={KEY}] {URL} noble stable", "trusted=1"),
        ("entry-signed-by", f"deb [allow-insecure=yes] {URL} noble stable", "allow-insecure=yes"),
        ("entry-signed-by", f"deb [signed-by=/no.gpg] {URL} noble stable", "no such file"),
        ("entry-signed-by", "", "no entry"),
    ],
)
def test_the_entry(install: Case, check: str, line: str, words: str) -> None:
    """Its address, release, component, architecture and key."""
    install.end("noble", sources={LIST: line})

    _failed(install.verdict(check), words)


def test_the_lists_are_fetched_between(install: Case) -> None:
    """While the entry is there, and before the packages are installed, whatever their version."""
    versions = ("install", "docker-ce=5:27.5.1", "docker-ce-cli=5:27.5.1", "containerd.io=1.7")
    install.run(
        "noble",
        calls=tuple(
            call.model_copy(update={"words": versions}) if "docker-ce" in call.words else call
            for call in install.script.worlds["noble"].runs[0].calls
        ),
    )
    assert install.verdict("lists-updated").status is Status.PASSED
    install.calls_of("jammy", "apt-get update", state=install.script.worlds["jammy"].start)
    _failed(install.verdict("lists-updated"), "No apt-get update ran between")
    install.calls("jammy", lambda step: step != "apt-get install")
    _failed(install.verdict("lists-updated"), "No apt-get update ran once the entry was written")


def test_all_packages(install: Case) -> None:
    """Those that are missing are named."""
    found = install.after("noble").packages
    install.end("noble", packages=tuple(name for name in found if name != "containerd.io"))

    _failed(install.verdict("packages"), "Not installed: containerd.io.")


@pytest.mark.parametrize(
    ("lacks", "words"), [("fetched", "no archive was asked"), ("unpacked", "was never unpacked")]
)
def test_a_package_that_is_only_written_down(install: Case, lacks: str, words: str) -> None:
    """A list of dpkg's is a file: what it says with nothing behind it is told as such."""
    there = [name for name in install.after("jammy").packages if name != "docker-ce"]
    install.end("jammy", packages=tuple(there))
    install.run("jammy", doubts=(Doubt.model_validate({"package": "docker-ce", "lacks": lacks}),))

    verdict = install.verdict("packages")
    assert verdict.status is Status.FAILED
    assert words in verdict.reason


def test_logs_that_are_silent_are_for_a_person_to_look_at(install: Case) -> None:
    """They cost nothing: what is installed is."""
    install.run("jammy", doubts=(Doubt(package="docker-ce", lacks="logged"),))

    verdict = install.verdict("packages")
    assert verdict.status is Status.PASSED
    assert verdict.flags == ("docker-ce: installed, but the logs of dpkg and apt do not say so",)


def test_what_failed_first_in_reality_is_noted(install: Case) -> None:
    """With the machine that the points come from, and whose packages it was made of."""
    assert script_notes(install.script.model_copy(update={"standin": False})) == []
    world = install.script.worlds["jammy"]
    at = next(n for n, call in enumerate(world.runs[0].calls) if call.step == "apt-get install")
    calls = list(world.runs[0].calls)
    calls[at] = calls[at].model_copy(update={"code": 100})
    run = world.runs[0].model_copy(update={"calls": tuple(calls), "output": "E: no list\n"})
    strict = {"jammy": world.model_copy(update={"runs": (run,)})}
    first, standin = script_notes(install.script.model_copy(update={"strict": strict}))

    assert "failed first at «apt-get install -y ca-certificates" in first
    assert "exit code 100. The last line it printed was: E: no list" in first
    assert "(jammy)" in first
    assert "No registry gave ubuntu:24.04" in standin


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"code": 126, "uid": 1234}, "failed with exit code 126"),
        ({"step": ""}, "never got to docker run"),
    ],
)
def test_hello_world_worked(install: Case, changed: Mapping[str, Any], words: str) -> None:
    """By its exit code."""
    install.calls_of("jammy", "docker run", **changed)

    _failed(install.verdict("hello-world"), words)


def test_hello_world_is_last_and_the_script_ends_well(install: Case) -> None:
    """No step behind it, and exit code 0."""
    install.run("noble", exit_code=3)
    _failed(install.verdict("hello-world"), "ended with exit code 3")
    run = install.script.worlds["jammy"].runs[0]
    install.run("jammy", calls=(*run.calls, run.calls[1]))
    _failed(install.verdict("hello-world"), "comes after hello-world")


def _broken(case: Case, change: Callable[[ScriptWorld, ScriptRun], ScriptRun]) -> None:
    worlds = tuple(
        world.model_copy(update={"runs": (change(world, world.runs[0]),)})
        for world in case.script.broken
    )
    case.script = case.script.model_copy(update={"broken": worlds})


def test_nothing_goes_on_after_a_failing_step(install: Case) -> None:
    """Neither packages nor hello-world, and the exit code tells."""
    later = [c for c in install.script.worlds["jammy"].runs[0].calls if c.step == "docker run"]
    _broken(install, lambda _, run: run.model_copy(update={"calls": (*run.calls, *later)}))
    _failed(install.verdict("stops-at-failure"), "the script went on to «docker run hello-world»")

    install = Case(INSTALL)
    _broken(install, lambda _, run: run.model_copy(update={"exit_code": 0}))
    _failed(install.verdict("stops-at-failure"), "as if all were well. So it is with 8 of 8")

    install = Case(INSTALL)
    _broken(install, lambda _, run: run.model_copy(update={"ended": "deadline"}))
    _failed(install.verdict("stops-at-failure"), "did not come to an end")


def test_a_session_of_the_group_after_a_failing_step_is_going_on(post: Case) -> None:
    """It may be refused, where nobody is in the group yet; it was tried all the same."""
    sg = next(call for call in post.script.worlds["absent"].runs[0].calls if call.name == "sg")
    _broken(post, lambda _, run: run.model_copy(update={"calls": (*run.calls, sg)}))

    _failed(post.verdict("stops-at-failure"), "the script went on to «sg docker -c")


def test_a_step_that_was_never_reached_proves_nothing(install: Case) -> None:
    """Where no step could be made to fail, the check is lost."""
    _broken(install, lambda _, run: run.model_copy(update={"calls": ()}))

    _failed(install.verdict("stops-at-failure"), "No step")


def test_a_second_run_changes_nothing(install: Case) -> None:
    """It ends like the first; the cause of a failure is named."""
    gpg = next(c for c in install.script.worlds["jammy"].runs[1].calls if c.step == "gpg")
    install.run("jammy", 1, exit_code=2, calls=(gpg.model_copy(update={"code": 2}),))
    _failed(install.verdict("twice"), "only with --yes")

    install = Case(INSTALL)
    line = install.after("jammy").sources[LIST]
    install.end("jammy", 1, sources={LIST: line + line})
    _failed(install.verdict("twice"), "changed the repository's entry")


@pytest.mark.parametrize(
    ("how", "path", "harmless"),
    [
        ("new", "/etc/apt/keyrings/docker.gpg", True),
        ("new", "/root/.gnupg", True),
        ("changed", "/etc/group", True),
        ("new", "/etc/group-", True),
        ("gone", "/etc/apt/sources.list.d/ubuntu.sources", False),
        ("changed", "/etc/apt/sources.list.d/ubuntu.sources", False),
        ("gone", "/etc/group", False),
        ("changed", "/etc/sudoers", False),
        ("new", "/etc/sudoers.d/docker", False),
        ("changed", "/home/somebody/notes.txt", False),
        ("open", "/etc/apt/keyrings/docker.gpg", False),
        ("open", "/etc/apt/sources.list.d/docker.list", False),
        ("gone", "/var/lib/docker", False),
    ],
)
def test_nothing_else_is_touched(install: Case, how: Any, path: str, harmless: bool) -> None:
    """What belongs to the task may change; nothing may go."""
    install.run("noble", changes=(Change(how=how, path=path),))

    verdict = install.verdict("harmless")

    assert (verdict.status is Status.PASSED) == harmless, verdict.reason
    assert harmless or path in verdict.reason


@pytest.mark.parametrize(
    ("kind", "words", "why"),
    [
        ("curl", ("-kfsSL", URL), "-k switches off"),
        ("curl", ("-fsSLko", "key", URL), "-k switches off"),
        ("curl", ("-fsSLo/etc/apt/keyrings/docker.asc", URL), ""),
        ("curl", ("-fsSL", "-xhttp://proxy:3128", URL), ""),
        ("curl", ("-fsSL", f"http{URL[5:]}/gpg"), "without https"),
        ("curl", ("-fsSL", f"{URL[8:]}/gpg"), "without https"),
        ("apt-get update", ("-o", "Acquire::https::Verify-Peer=false", "update"), "Verify-Peer"),
        ("apt-get update", ("-o", "DPkg::Lock::Timeout=60", "update"), ""),
    ],
)
def test_a_protection_that_is_switched_off(
    install: Case, kind: str, words: tuple[str, ...], why: str
) -> None:
    """Also inside a cluster of options, but not in the value of one."""
    install.calls_of("jammy", kind, words=words)
    verdict = install.verdict("harmless")

    assert (verdict.status is Status.PASSED) == (not why), verdict.reason
    assert why in verdict.reason


def test_the_socket_of_the_package_is_left_as_it_comes(install: Case) -> None:
    """Opened to everybody it makes everybody root."""
    socket = install.after("noble").socket
    assert socket is not None
    install.end("noble", socket=socket.model_copy(update={"mode": 0o666}))

    _failed(install.verdict("harmless"), "socket (mode 666)")


def test_the_group_and_its_members(post: Case) -> None:
    """Made, joined by who called sudo, and nobody lost."""
    groups = dict(post.after("absent").groups)
    user = post.script.worlds["absent"].user
    post.end("absent", groups={name: who for name, who in groups.items() if name != "docker"})
    _failed(post.verdict("group-made"), "no group docker")
    post.end("absent", groups={**groups, "docker": ()})
    _failed(post.verdict("user-added"), f"is nobody, not {user}")
    post.end("by-sudo", groups={**groups, "docker": ("root",)})
    _failed(post.verdict("user-added-sudo"), "$USER is root")

    post = Case(POST)
    post.end("absent", groups={"docker": (user,)})
    _failed(post.verdict("groups-kept"), f"{user} from sudo")
    post = Case(POST)
    post.calls_of("absent", "usermod", words=("-G", "docker", user))
    post.end("absent", groups={"docker": (user,)})
    _failed(post.verdict("groups-kept"), "-G without -a")
    post = Case(POST)
    post.end("present", primary="docker")
    _failed(post.verdict("groups-kept"), "own group, which is now docker")


def test_refusing_root_is_right_as_long_as_nothing_is_done(post: Case) -> None:
    """With an exit code other than 0."""
    start = post.script.worlds["by-sudo"].start
    post.run("by-sudo", exit_code=1, state=start, calls=())
    assert post.verdict("user-added-sudo").status is Status.PASSED
    assert post.verdict("finishes").status is Status.PASSED
    post.run("by-sudo", exit_code=0)
    _failed(post.verdict("user-added-sudo"), "who started the script through sudo")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"uid": 0}, "was run by root"),
        ({"groups": ("lab",)}, "was not active"),
        ({"code": 126}, "exit code 126"),
    ],
)
def test_hello_world_without_sudo(post: Case, changed: Mapping[str, Any], words: str) -> None:
    """As the user, with the group."""
    post.calls_of("present", "docker run", **changed)

    _failed(post.verdict("hello-world"), words)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mode": 0o666}, "mode 666"),
        ({"owner": "mira"}, "owner mira"),
        ({"group": "lab"}, "group lab"),
        (None, "gone"),
    ],
)
def test_the_socket_is_as_it_was(post: Case, changed: Mapping[str, Any] | None, words: str) -> None:
    """Also after the second run."""
    before = post.after("absent").socket
    assert before is not None
    socket = None if changed is None else before.model_copy(update=changed)
    post.end("absent", 1, socket=socket)

    _failed(post.verdict("socket"), words)


def test_a_socket_that_was_open_for_a_moment(post: Case) -> None:
    """A moment is enough for whoever waits for it."""
    world = post.script.worlds["present"]
    before = world.states[world.start]
    assert before.socket
    opened = before.model_copy(update={"socket": before.socket.model_copy(update={"mode": 0o666})})
    post.world("present", states=(*world.states, opened))
    post.calls_of("present", "docker run", state=len(world.states))

    _failed(post.verdict("socket"), "the engine's socket had mode 666")


@pytest.mark.parametrize(
    ("group", "member", "harmless"),
    [
        ("docker", "root", True),
        ("docker", "somebody", False),
        ("root", "USER", False),
        ("adm", "USER", False),
        ("adm", "somebody", False),
    ],
)
def test_nobody_gets_a_group_that_was_not_asked_for(
    post: Case, group: str, member: str, *, harmless: bool
) -> None:
    """One user, one group."""
    member = post.script.worlds["absent"].user if member == "USER" else member
    groups = dict(post.after("absent").groups)
    post.end("absent", groups={**groups, group: (*groups.get(group, ()), member)})

    verdict = post.verdict("harmless")
    assert (verdict.status is Status.PASSED) == harmless, verdict.reason
    assert harmless or f"the group {group} ({member} is in it now)" in verdict.reason


def test_nothing_is_left_running(post: Case) -> None:
    """It would run on when its user has left."""
    post.run("absent", left=("dockerd -H tcp://0.0.0.0:2375",))
    _failed(post.verdict("harmless"), "«dockerd -H tcp://0.0.0.0:2375» still ran")


def test_both_forms_of_an_entry_are_read_as_apt_reads_them() -> None:
    """Comments, options, stanzas, continued fields; other names are not read at all."""
    stanza = (
        f"# a comment\nTypes: deb deb-src\nURIs: {URL}\nSuites: noble\nComponents: stable\n"
        "Architectures: arm64\nSigned-By:\n /etc/apt/keyrings/docker.asc\n\n"
        f"Types: deb\nURIs: {URL}\nSuites: noble\nEnabled: no\n"
    )
    line = f"deb-src {URL} noble stable\n"
    line += f"  deb [ arch=amd64 signed-by=/k.gpg ] {URL} noble stable # x\n"
    found = entries(
        {"/a.sources": stanza, "/b.list": line, "/c.txt": line, "/d.list": "deb\n#deb x"}
    )

    assert [(e.path, e.host, e.suites, e.components, e.archs, e.signed_by) for e in found] == [
        (
            "/a.sources",
            "download.docker.com",
            ("noble",),
            ("stable",),
            ("arm64",),
            "/etc/apt/keyrings/docker.asc",
        ),
        ("/b.list", "download.docker.com", ("noble",), ("stable",), ("amd64",), "/k.gpg"),
    ]
