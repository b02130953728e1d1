"""The pictures: well-formed, bounded, and telling the same in words."""

from xml.etree.ElementTree import Element, fromstring

import pytest
from markupsafe import Markup

from grader.facts import Ended, Kill, LogLine, Process, Program, RunFacts, StopFacts
from grader.render.process_tree import process_tree
from grader.render.svg import fit, score_bar, width
from grader.render.timeline import life_timeline, stop_timeline

TERM = 1 << 14
HOSTILE = "<script>alert(1)</script>]]>&\"'\x1b[31m\u202e\x00\ud800\ufffe`"


def process(
    pid: int, ppid: int, *argv: str, caught: int = 0, ignored: int = 0, blocked: int = 0
) -> Process:
    """Return a process with this command line and these signal masks."""
    return Process(
        pid=pid,
        ppid=ppid,
        exe=argv[0],
        argv=argv,
        args=" ".join(argv),
        caught=caught,
        ignored=ignored,
        blocked=blocked,
    )


def a_run(
    *processes: Process,
    program: Program | None = None,
    log: tuple[LogLine, ...] = (),
    ended: Ended | None = None,
) -> RunFacts:
    """Return a run with these processes, the first of them PID 1."""
    return RunFacts(
        image="exec",
        args=(),
        env={},
        command=("python3", "main.py"),
        ready=True,
        init_pid=processes[0].pid if processes else 0,
        processes=processes,
        program=program,
        environment=None,
        ended=ended,
        stop=None,
        neighbour=None,
        log=log,
    )


def stop(*kills: Kill, died_at: float = 1.0, exit_code: int = 0, grace: float = 10.0) -> StopFacts:
    """Return how a container was stopped."""
    return StopFacts(
        grace=grace, kills=kills, died_at=died_at, exit_code=exit_code, oom_killed=False
    )


def parsed(picture: Markup) -> Element:
    """Return the picture as XML, its bounds and its text alternative checked."""
    root = fromstring(str(picture))  # noqa: S314 - our own output
    assert root.get("role") == "img"
    ids = {element.get("id") for element in root.iter()}
    assert root.get("aria-labelledby") in ids
    assert root.find("title") is not None
    _, _, wide, high = map(float, (root.get("viewBox") or "").split())
    for rect in root.iter("rect"):
        x, y, w, h = (float(rect.get(name) or "nan") for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + w <= wide + 0.02
        assert 0 <= y <= y + h <= high + 0.02
    for text in root.iter("text"):
        assert 0 <= float(text.get("x") or "nan") <= wide
        assert 0 <= float(text.get("y") or "nan") <= high
        if length := text.get("textLength"):
            assert float(text.get("x") or "nan") + float(length) <= wide
    return root


def words(root: Element) -> str:
    """Return everything the picture says."""
    return " ".join(" ".join(root.itertext()).split())


def test_tree_says_who_is_pid_1_and_what_it_does_with_sigterm() -> None:
    """In the text alternative too, and without the host's PIDs."""
    run = a_run(
        process(71, 1, "/bin/sh", "-c", "python3 main.py"),
        process(80, 71, "python3", "main.py", caught=TERM),
        program=Program(pid=80, path="/main.py", arguments=(), exact=True, provided=True),
    )
    root = parsed(process_tree(run, "main.py", "k"))
    text = root.findtext("desc") or ""
    assert 'PID 1 is sh, ["/bin/sh", "-c", "python3 main.py"]: no SIGTERM handler.' in text
    assert 'A child of PID 1 is python3, ["python3", "main.py"]: handles SIGTERM.' in text
    chips = [element.text for element in root.iter("text") if element.get("class") == "code"]
    assert chips == ["/bin/sh", "-c", "python3 main.py", "python3", "main.py"]
    assert "this is main.py, as provided" in words(root)
    assert "71" not in words(root), "a host's PID tells a student nothing"


@pytest.mark.parametrize(
    ("masks", "said"),
    [
        ({"caught": TERM}, "✓ handles SIGTERM"),
        ({"ignored": TERM}, "✗ ignores SIGTERM"),
        ({"blocked": TERM}, "✓ handles SIGTERM"),
        ({"caught": 2, "ignored": 4}, "○ no SIGTERM handler"),
    ],
)
def test_tree_badges(masks: dict[str, int], said: str) -> None:
    """A sign and words for each way to treat SIGTERM."""
    run = a_run(process(5, 1, "python3", **masks))
    assert said in words(parsed(process_tree(run, "main.py", "k")))


def test_tree_of_many_processes_is_bounded_and_keeps_the_program() -> None:
    """A fork bomb is no page of kilometres."""
    forks = [process(100 + n, 99 + n, "sh", str(n)) for n in range(63)]
    last = process(900, 100, "python3", "main.py", caught=TERM)
    program = Program(pid=900, path="/main.py", arguments=(), exact=True, provided=False)
    root = parsed(process_tree(a_run(*forks, last, program=program), "main.py", "k"))
    assert "and 56 more processes, not drawn" in words(root)
    assert "this is main.py, not the provided one" in words(root)
    assert float((root.get("viewBox") or "").split()[3]) < 800


def test_tree_loses_no_process_to_a_circle_or_a_lost_parent() -> None:
    """Records taken one after another need not be a tree."""
    run = a_run(
        process(5, 1, "one"),
        process(6, 7, "two"),
        process(7, 6, "three"),
        process(8, 4000, "four"),
    )
    root = parsed(process_tree(run, "main.py", "k"))
    assert root.findtext("title") == "Processes in the container: 4"
    for name in ("one", "two", "three", "four"):
        assert name in words(root)


@pytest.mark.parametrize(
    "argv",
    [
        ("python3", "x" * 10_000),
        ("python3", *["word"] * 5000),
        ("python3", "", " ", "a  b"),
        ("名" * 200, "מילה" * 50, HOSTILE),
        (HOSTILE, HOSTILE * 300),
    ],
)
def test_tree_of_strange_command_lines(argv: tuple[str, ...]) -> None:
    """Nothing leaves its frame, nothing invisible stays so."""
    root = parsed(process_tree(a_run(process(5, 1, *argv)), "main.py", "k"))
    assert not list(root.iter("script"))
    assert not any(char in words(root) for char in "\x1b\u202e\x00\ud800\ufffe")


def test_tree_admits_that_words_run_together() -> None:
    """Without argv there are no frames around words."""
    joined = process(5, 1, "python3").model_copy(update={"argv": None, "args": "python3 a b"})
    root = parsed(process_tree(a_run(joined), "main.py", "k"))
    assert "the bounds of its words are not known" in words(root)
    assert not [rect for rect in root.iter("rect") if rect.get("class") == "chip"]


def test_stop_timeline_of_a_handled_stop() -> None:
    """The handler's line counts though its stamp is a little early."""
    log = (
        LogLine(at=0.1, text="Starting"),
        LogLine(at=4.998, text="EXITING SAFELY!"),
    )
    run = a_run(process(5, 1, "python3", caught=TERM), log=log)
    facts = stop(Kill(signal=15, at=5.0), died_at=5.07)
    text = parsed(stop_timeline(run, facts, "k")).findtext("desc") or ""
    assert text == (
        "Seconds since docker stop: SIGTERM to PID 1 at 0.00 s. printed “EXITING SAFELY!” at "
        "0.00 s. ended, exit code 0 at 0.07 s. docker stop waits 10 seconds before it sends "
        "SIGKILL."
    )


def test_stop_timeline_of_a_kill() -> None:
    """Both signals, the exit code and the grace period are named."""
    run = a_run(process(5, 1, "sh"))
    facts = stop(
        Kill(signal=15, at=1.0), Kill(signal=9, at=3.02), died_at=3.1, exit_code=137, grace=2.0
    )
    said = words(parsed(stop_timeline(run, facts, "k")))
    for part in (
        "SIGTERM to PID 1, which has no handler",
        "SIGKILL: nobody can handle it",
        "ended, exit code 137 (128 + 9)",
        "grace period: 2 s",
    ):
        assert part in said


def test_stop_timeline_of_one_that_had_ended_before() -> None:
    """No signal was sent, so none is drawn."""
    run = a_run(process(5, 1, "sh"))
    said = words(parsed(stop_timeline(run, stop(died_at=0.4, exit_code=3), "k")))
    assert "ended, exit code 3" in said
    assert "SIGTERM" not in said
    assert "grace" not in said


def test_timeline_bounds_what_was_printed() -> None:
    """A flood of lines becomes a few and a number."""
    log = tuple(LogLine(at=5 + n / 10, text=f"{HOSTILE}{n}" * 50) for n in range(90))
    run = a_run(process(5, 1, "python3", caught=TERM), log=log)
    root = parsed(stop_timeline(run, stop(Kill(signal=15, at=5.0), died_at=14.5), "k"))
    assert "and 86 more lines on record" in words(root)
    assert float((root.get("viewBox") or "").split()[3]) < 400


def test_life_timeline_of_a_container_that_ended_at_once() -> None:
    """Its last words and its exit code are shown."""
    ended = Ended(exit_code=137, oom_killed=True, error="", after=0.0)
    run = a_run(log=(LogLine(at=-0.01, text="no such file"),), ended=ended)
    said = words(parsed(life_timeline(run, "k")))
    assert "started" in said
    assert "“no such file”" in said
    assert "exit code 137: out of memory" in said


@pytest.mark.parametrize(("score", "most"), [(0, 33), (1, 33), (33, 33), (0, 0), (40, 33)])
def test_score_bar_stays_within_itself(score: int, most: int) -> None:
    """Whatever the numbers."""
    assert parsed(score_bar(score, most, "k")).findtext("title") == f"{score} of {most} points"


def test_fit_counts_wide_characters_and_never_exceeds_its_space() -> None:
    """CJK takes two cells, accents none."""
    for text in ("plain", "名" * 40, HOSTILE * 3, "e\u0301" * 90):
        for space in (7.0, 50.0, 200.0):
            assert width(fit(text, space)) <= space
