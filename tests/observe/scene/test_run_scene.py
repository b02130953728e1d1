"""Scenes on a real engine: what steps see, how long they take, and that nothing stays behind."""

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from grader.build.image_builder import Built, ImageBuilder
from grader.core.errors import EngineFault, EngineRefusal
from grader.engine.docker import DockerEngine
from grader.engine.protocol import ContainerRecord, ContainerSpec
from grader.facts import Fault, NotSeen
from grader.facts.scenes import (
    Answered,
    Content,
    Counted,
    Done,
    Missing,
    Said,
    SceneFacts,
    Started,
    StepFacts,
)
from grader.observe.own_time import OwnTime
from grader.observe.run_context import RunContext
from grader.observe.scene import queries
from grader.observe.scene import run_scene as scene_play
from grader.observe.scene.state import SceneState
from grader.observe.session import Session
from grader.spec.assignment import Assignment
from grader.spec.scenes import SceneSpec
from grader.submission.snapshot import LabFiles

pytestmark = pytest.mark.docker

ANY_SCRIPT = 'FROM python:3.7\nENTRYPOINT ["sh", "-c"]\n'
WORDS = {"word": "blueberry"}

BROKEN = NotSeen(fault=Fault.STUDENT, why="Building it failed.")

Play = Callable[..., Mapping[str, StepFacts]]


@pytest.fixture
def volumes_lab(labs: tuple[Assignment, ...]) -> Assignment:
    """Return a lab with one image, called demo."""
    return next(lab for lab in labs if lab.id == "05-volumes")


@pytest.fixture
def play(
    session: Session, volumes_lab: Assignment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Play:
    """Return a function that plays steps with an image and returns what they saw.

    The image runs what it is given by `sh -c` unless files say otherwise. Afterwards nothing of
    this session may be left, in the engine or among temporary files.
    """
    folders = tmp_path / "folders"
    folders.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folders))  # in which nothing ever appears

    def run(
        steps: Sequence[Mapping[str, Any]], files: Mapping[str, str] | None = None, **places: Any
    ) -> Mapping[str, StepFacts]:
        contents = {"Dockerfile": ANY_SCRIPT} | dict(files or {})
        built = ImageBuilder(
            session.engine,
            session.bases,
            volumes_lab,
            LabFiles({name: text.encode() for name, text in contents.items()}),
        ).build("demo")
        assert isinstance(built, Built), built
        context = RunContext(session.engine, volumes_lab, WORDS, session.run_id, faithful=False)
        spec = SceneSpec.model_validate_json(json.dumps({"steps": steps} | places))
        try:
            facts: SceneFacts = scene_play.observe_scene(
                context, spec, {"demo": built}, {"broken": BROKEN}
            )
        finally:
            mine = [
                (entry.kind, entry.id)
                for entry in session.engine.leftovers()
                if entry.label == session.run_id
            ]
            assert mine == []
            assert list(folders.iterdir()) == []
        return facts.steps

    return run


def _start(name: str, script: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "start": {"image": "demo", "args": [script]} | more}


def _why(seen: StepFacts) -> str:
    assert isinstance(seen, Missing), seen
    assert seen.why.fault is Fault.STUDENT
    return seen.why.why


def _lines(seen: StepFacts) -> tuple[str, ...] | None:
    assert isinstance(seen, Content), seen
    return seen.lines


def test_networks_volumes_and_folders_are_there_and_then_gone(play: Play) -> None:
    """The fixture looks whether anything is left, files of the container's root included."""
    script = "mkdir -p /host/deep; echo in the folder | tee /host/deep/file; sleep 60"
    mounts = {"data": "/data:ro", "shared": "/host"}

    seen = play(
        [
            {"id": "seed", "append": {"volume": "data", "path": "file", "line": "a {word}"}},
            _start("one", f"cat /data/file; {script}", network="net", mounts=mounts),
            {"id": "said", "says": {"of": "one", "line": "in the folder"}},
            {"id": "counted", "count": {"of": "one", "line": "e", "without": "folder"}},
            {"id": "idle", "occupy": {"network": "net"}},
            {"id": "inside", "read": {"of": "one", "path": "/data/file"}},
            {"id": "volume", "read": {"volume": "data", "path": "file"}},
            {"id": "folder", "read": {"folder": "shared", "path": "deep/file"}},
            {"id": "nothing", "read": {"volume": "data", "path": "nothing"}},
        ],
        networks={"net": "internal"},
        volumes=["data"],
        folders=["shared"],
    )

    one = seen["one"]
    assert isinstance(one, Started)
    assert one.running
    assert one.address.count(".") == 3
    counted = seen["counted"]
    assert isinstance(counted, Counted)
    assert (counted.times, counted.found) == (1, ("a blueberry",))
    assert isinstance(seen["idle"], Done)
    assert _lines(seen["inside"]) == _lines(seen["volume"]) == ("a blueberry",)
    assert _lines(seen["folder"]) == ("in the folder",)
    assert _lines(seen["nothing"]) is None


@pytest.mark.parametrize("network", ["net", "bridge"])
def test_a_name_that_nobody_has_is_known_at_once_to_be_none(play: Play, network: str) -> None:
    """Said by a name server: without one a program waits ten seconds and is told to try again."""
    look_up = "python3 -c 'import socket; socket.getaddrinfo(\"nobody\", 80)'"

    seen = play(
        [
            _start("one", look_up, network=network, ends=True, within=30),
            {"id": "asked", "request": {"from": network, "to": "nobody:80", "once": True}},
        ],
        networks={"net": "internal"},
    )

    one, asked = seen["one"], seen["asked"]
    assert isinstance(one, Started)
    assert isinstance(asked, Answered)
    assert one.log[-1].text == "socket.gaierror: [Errno -2] Name or service not known"
    assert "Name or service not known" in asked.answers[0].error


def test_of_two_behind_one_name_each_has_its_turn(play: Play) -> None:
    """Two requests are enough to hear both, also where there is no time for more."""
    server = "python3 -m http.server 80"
    more = {"network": "net", "aliases": ["web"]}

    seen = play(
        [
            _start("one", server, **more),
            _start("two", server, **more),
            {"id": "ready", "request": {"from": "net", "to": "{ip:one}:80", "within": 30}},
            {"id": "ready-two", "request": {"from": "net", "to": "{ip:two}:80", "within": 30}},
            {"id": "asked", "request": {"from": "net", "to": "web:80", "times": 2}},
        ],
        networks={"net": "internal"},
    )

    one, two, asked = seen["one"], seen["two"], seen["asked"]
    assert isinstance(one, Started)
    assert isinstance(two, Started)
    assert isinstance(asked, Answered)
    assert {answer.peer for answer in asked.answers} == {one.address, two.address}


def test_nobody_is_waited_for_where_nothing_runs(play: Play) -> None:
    """Asked once; the time that a scene may wait for its containers is not used up by it."""
    ask = {"from": "net", "to": "{name:one}:80", "within": 30}
    assert scene_play.PATIENCE < 4 * 30

    seen = play(
        [
            _start("one", "true", network="net", ends=True),
            *({"id": f"asked-{number}", "request": ask} for number in range(4)),
            {"id": "then", "count": {"of": "one", "line": "anything"}},
        ],
        networks={"net": "internal"},
    )

    asked = seen["asked-3"]
    assert isinstance(asked, Answered)
    assert asked.asked == "one had ended: exit code 0."
    assert isinstance(seen["then"], Counted)


def test_an_image_that_was_not_built_costs_its_own_steps_only(play: Play) -> None:
    """A client that cannot be built says nothing about the server."""
    seen = play(
        [
            {"id": "client", "start": {"image": "broken"}},
            {"id": "said", "says": {"of": "client", "line": "x"}},
            {"id": "name", "start": {"image": "demo", "args": ["{name:client}"]}},
            _start("server", "sleep 60"),
        ]
    )

    assert [_why(seen[step]) for step in ("client", "said", "name")] == [BROKEN.why] * 3
    assert isinstance(seen["server"], Started)


def test_nothing_is_left_either_when_the_engine_fails_in_the_middle(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its failure is handed on, to be tried again, after everything was taken away."""

    def fails(_: DockerEngine, container: str) -> tuple[()]:
        raise EngineFault(f"no log of {container[:0]}this container")

    monkeypatch.setattr(DockerEngine, "log", fails)

    with pytest.raises(EngineFault, match="no log of this container"):
        play(
            [_start("one", "sleep 60", network="net", mounts={"data": "/data", "shared": "/host"})],
            networks={"net": "internal"},
            volumes=["data"],
            folders=["shared"],
        )


@pytest.mark.parametrize(
    ("files", "words", "hint"),
    [
        (
            {
                "Dockerfile": 'FROM python:3.7\nCOPY run.sh /\nCMD ["/run.sh"]\n',
                "run.sh": "#!/bin/sh\n",
            },
            "permission denied",
            "chmod +x run.sh",
        ),
        (
            {
                "Dockerfile": "FROM python:3.7\nWORKDIR /app\nCOPY run.sh .\n"
                'RUN chmod +x run.sh\nCMD ["./run.sh"]\n',
                "run.sh": "#!/bin/sh\r\necho hello\r\n",
            },
            "line ends of Windows",
            "Unix line ends",
        ),
        (
            {
                "Dockerfile": "FROM python:3.7\nCOPY run.sh /\nRUN chmod +x /run.sh\n"
                'CMD ["/run.sh"]\n',
                "run.sh": "#!/bin/fish\n",
            },
            "«/bin/fish», is not",
            "#!/bin/sh",
        ),
        ({"Dockerfile": 'FROM python:3.7\nCMD ["no-such-program"]\n'}, "no-such-program", ""),
        ({"Dockerfile": "FROM python:3.7\nCMD []\n"}, "neither ENTRYPOINT nor CMD", ""),
    ],
    ids=["not-executable", "windows", "no-such-shell", "no-such-program", "nothing"],
)
def test_an_image_that_cannot_start_says_why_at_every_step(
    play: Play, files: Mapping[str, str], words: str, hint: str
) -> None:
    """Also at those that would have looked at its container; what is left is still done."""
    seen = play(
        [
            {"id": "one", "start": {"image": "demo", "mounts": {"data": "/data"}}},
            {"id": "said", "says": {"of": "one", "line": "hello"}},
            {"id": "end", "stop": {"of": "one"}},
            {"id": "file", "read": {"volume": "data", "path": "file"}},
        ],
        files,
        volumes=["data"],
    )

    first = seen["one"]
    assert words in _why(first)
    assert isinstance(first, Missing)
    assert hint in first.why.hint
    assert seen["said"] == seen["end"] == first
    assert _lines(seen["file"]) is None


def test_a_flood_without_an_end_is_looked_at_and_left(play: Play) -> None:
    """What is kept of it is little, and the next steps are done."""
    seen = play(
        [
            _start("one", "exec yes 'a flood of words'"),
            {"id": "said", "says": {"of": "one", "line": "something else", "within": 2}},
            {"id": "gone", "remove": {"of": "one"}},
        ]
    )

    said = seen["said"]
    assert isinstance(said, Said)
    assert (said.after, said.running) == (None, True)
    assert 0 < len(said.log) <= 200
    assert isinstance(seen["gone"], Done)


def test_waiting_ends_when_its_time_is_up_or_the_container_is_gone(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line, an end, an answer and a text in a file: none is waited for in vain."""
    waits: list[tuple[float, float]] = []
    counting = SceneState.waiting

    @contextmanager
    def noted(state: SceneState, within: float) -> Iterator[OwnTime]:
        before = state.waited
        with counting(state, within) as own:
            yield own
        waits.append((within, state.waited - before))

    monkeypatch.setattr(SceneState, "waiting", noted)
    seen = play(
        [
            _start("stays", "echo 12; sleep 60", ends=True, within=1),
            {"id": "silent", "says": {"of": "stays", "line": "never", "within": 1}},
            {"id": "file", "read": {"of": "stays", "path": "/no", "holding": "x", "within": 1}},
            _start("goes", "echo bye; exit 3", ends=True, network="inner"),
            {"id": "asked", "request": {"from": "inner", "to": "{name:goes}:80", "within": 30}},
            {"id": "read", "read": {"of": "goes", "path": "/no", "holding": "x", "within": 30}},
            {"id": "late", "says": {"of": "goes", "line": "never", "within": 30}},
            {"id": "said", "says": {"of": "goes", "line": "bye", "within": 30}},
            {"id": "end", "stop": {"of": "goes"}},
        ],
        networks={"inner": "internal"},
    )

    # The engine counts its own share of a wait, a little less than what was asked of it.
    used_up = [within for within, waited in waits if waited > 0.9 * within]
    assert used_up.count(1) == 3
    assert 30 not in used_up
    for step in ("asked", "read"):
        look = seen[step]
        assert isinstance(look, Answered | Content)
        assert look.asked == "goes had ended: exit code 3, its last line was: bye."
    file = seen["file"]
    assert isinstance(file, Content)
    assert file.asked == "stays was running; the last it printed was: 12."
    stays, goes, late, said = seen["stays"], seen["goes"], seen["late"], seen["said"]
    assert isinstance(stays, Started)
    assert (stays.running, stays.exit_code) == (True, None)
    assert isinstance(goes, Started)
    assert (goes.running, goes.exit_code) == (False, 3)
    assert isinstance(late, Said)
    assert (late.after, late.running) == (None, False)
    assert isinstance(said, Said)
    assert said.after == 0.0
    assert file.lines is None
    assert "had already ended: exit code 3, its last line was: bye" in _why(seen["end"])


def test_a_scene_that_is_waited_for_too_long_is_cut_off(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The steps that are left say so."""
    monkeypatch.setattr(scene_play, "PATIENCE", 0.5)

    seen = play(
        [
            _start("one", "sleep 60"),
            {"id": "said", "says": {"of": "one", "line": "never", "within": 1}},
            {"id": "gone", "remove": {"of": "one"}},
        ]
    )

    assert isinstance(seen["one"], Started)
    assert "were waited for more than" in _why(seen["gone"])


def test_how_long_a_line_took_is_what_the_engine_recorded(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A grader that is slow to look takes nothing from anybody."""
    monkeypatch.setattr(queries, "_POLL", 3.0)

    seen = play(
        [
            _start("one", "sleep 1; echo here; sleep 60"),
            {"id": "said", "says": {"of": "one", "line": "here", "within": 10}},
        ]
    )

    said = seen["said"]
    assert isinstance(said, Said)
    assert said.after is not None
    assert said.after < 2.5


def test_a_file_is_read_again_until_it_holds_a_text(play: Play) -> None:
    """Wherever it is."""
    seen = play(
        [
            _start(
                "one",
                "sleep 1; for place in data host tmp; do echo late > /$place/file; done; sleep 60",
                mounts={"data": "/data", "shared": "/host"},
            ),
            {"id": "a", "read": {"volume": "data", "path": "file", "holding": "late"}},
            {"id": "b", "read": {"folder": "shared", "path": "file", "holding": "late"}},
            {"id": "c", "read": {"of": "one", "path": "/tmp/file", "holding": "late"}},
        ],
        volumes=["data"],
        folders=["shared"],
    )

    assert {_lines(seen[step]) for step in ("a", "b", "c")} == {("late",)}


def test_links_and_pipes_lead_nowhere(play: Play) -> None:
    """Neither to a file of the host's nor into a wait without end."""
    script = (
        "for place in data host; do cd /$place; ln -s /etc/passwd link; ln -s /etc folder; "
        "mkfifo pipe; mkdir directory; done; echo ready; sleep 60"
    )
    paths = ["link", "folder/passwd", "pipe", "directory"]

    seen = play(
        [
            _start("one", script, mounts={"data": "/data", "shared": "/host"}),
            {"id": "ready", "says": {"of": "one", "line": "ready"}},
            *(
                {"id": f"{place}-{number}", "read": {place: name, "path": path}}
                for place, name in [("volume", "data"), ("folder", "shared")]
                for number, path in enumerate(paths)
                # Through a link to a folder one comes to that folder of the grader's own base.
                if path != "folder/passwd"
            ),
        ],
        volumes=["data"],
        folders=["shared"],
    )

    assert {_lines(entry) for entry in seen.values() if isinstance(entry, Content)} == {None}


def test_a_folder_of_the_host_is_empty_whatever_the_image_holds_there(play: Play) -> None:
    """Any user may write into it; folders in one another without end go with it."""
    files = {"Dockerfile": ANY_SCRIPT + "RUN mkdir /host && echo of the image > /host/file\n"}
    deep = (
        "import os; os.setuid(1234); os.umask(0o077); os.chdir('/host')\n"
        "for n in range(1500): os.mkdir('x' * 50); os.chdir('x' * 50)"
    )
    script = f'ls -A /host; python3 -c "{deep}"; echo done'
    seen = play(
        [
            _start("one", script, mounts={"shared": "/host"}, ends=True),
            _start("other", script, mounts={"data": "/host"}, ends=True),
            {"id": "said", "says": {"of": "one", "line": "done"}},
            {"id": "read", "read": {"folder": "shared", "path": "file"}},
            {"id": "copied", "read": {"volume": "data", "path": "file"}},
        ],
        files,
        folders=["shared"],
        volumes=["data"],
    )

    assert isinstance(one := seen["one"], Started)
    assert [line.text for line in one.log] == ["done"]
    assert _lines(seen["read"]) is None
    assert _lines(seen["copied"]) == ("of the image",)


def test_a_file_that_takes_no_line_is_the_students_doing(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits for that line is told why it never came."""
    monkeypatch.setattr("grader.observe.scene.helpers.MARGIN", 4.0)

    seen = play(
        [
            _start(
                "one",
                "mkdir /data/a; mkfifo /data/b; echo ready; sleep 60",
                mounts={"data": "/data"},
            ),
            {"id": "ready", "says": {"of": "one", "line": "ready"}},
            {"id": "to-a", "append": {"volume": "data", "path": "a", "line": "{word}"}},
            {"id": "said", "says": {"of": "one", "line": "{word}"}},
            {"id": "to-b", "append": {"volume": "data", "path": "b", "line": "more"}},
        ],
        volumes=["data"],
    )

    assert "IsADirectoryError" in _why(seen["to-a"])
    assert seen["said"] == seen["to-a"]
    assert "nothing that takes a line" in _why(seen["to-b"])


@pytest.mark.parametrize("anything", [False, True])
def test_a_container_that_the_engine_refuses_to_make(
    play: Play,
    monkeypatch: pytest.MonkeyPatch,
    anything: bool,
) -> None:
    """If one of the bare base can be made, it is the student's doing, otherwise the engine's."""
    create = DockerEngine.create

    def refuses(engine: DockerEngine, spec: ContainerSpec) -> str:
        if spec.args == ("sleep 60",) or (anything and spec.args == ("true",)):
            raise EngineRefusal("no room for this one", 400)
        return create(engine, spec)

    monkeypatch.setattr(DockerEngine, "create", refuses)

    if anything:
        with pytest.raises(EngineFault, match="no room for this one"):
            play([_start("one", "sleep 60")])
    else:
        assert "no room for this one" in _why(play([_start("one", "sleep 60")])["one"])


def test_an_engine_that_cannot_use_its_own_bridge_is_nobodys_fault(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container of the bare base is tried in the same place: elsewhere it would start."""
    create, start = DockerEngine.create, DockerEngine.start
    bridged: set[str] = set()

    def remembers(engine: DockerEngine, spec: ContainerSpec) -> str:
        container = create(engine, spec)
        if spec.network == "bridge" and not spec.talking:
            bridged.add(container)
        return container

    def fails(engine: DockerEngine, container: str) -> None:
        if container in bridged:
            raise EngineRefusal("could not find bridge docker0", 500)
        start(engine, container)

    monkeypatch.setattr(DockerEngine, "create", remembers)
    monkeypatch.setattr(DockerEngine, "start", fails)

    with pytest.raises(EngineFault, match="could not find bridge docker0"):
        play([_start("one", "sleep 60", network="bridge")])


def test_a_port_that_was_not_published_is_the_engines_fault(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As long as the container runs; of one that has ended the reason is told."""
    ended = play(
        [
            _start("one", "exit 3", network="bridge", publish=[80]),
            {"id": "gone", "wait": {"of": "one"}},
            {"id": "asked", "request": {"from": "host", "to": "127.0.0.1:{port:one:80}"}},
        ]
    )
    inspect = DockerEngine.inspect

    def forgets(engine: DockerEngine, container: str) -> ContainerRecord:
        return replace(inspect(engine, container), ports={})

    monkeypatch.setattr(DockerEngine, "inspect", forgets)

    assert isinstance(ended["asked"], Missing | Answered)
    with pytest.raises(EngineFault, match="did not publish the ports of one"):
        play([_start("one", "sleep 60", network="bridge", publish=[80])])
