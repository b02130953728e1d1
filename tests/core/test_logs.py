"""What a log line says of its place, and what cannot get into it."""

import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.core import logs
from grader.core.logs import SafeFormatter, carrying, working_on

_log = logging.getLogger("grader.core.test")


@pytest.fixture(autouse=True)
def begun() -> Iterator[None]:
    """Remember what is logged in this test alone."""
    logs.begin()
    yield
    logs.end()


def _places() -> list[str]:
    return [line.split("[")[1].split("]")[0] for line in logs.last_lines().splitlines()]


def test_a_line_says_what_is_worked_on() -> None:
    """And no longer when that has ended."""
    with working_on(run="r1", submission="alice"):
        with working_on(lab="04", attempt=2):
            _log.info("inside")
        _log.info("outside")
    _log.info("after")

    assert _places() == ["run=r1 submission=alice lab=04 attempt=2", "run=r1 submission=alice", ""]


def test_threads_of_a_pool_say_what_their_own_work_is_about() -> None:
    """Each what was worked on where it was handed over, not what the thread did before."""

    def work() -> None:
        _log.info("work")

    with ThreadPoolExecutor(1) as pool:
        for name in ("alice", "bob"):
            with working_on(submission=name):
                pool.submit(carrying(work)).result()
        pool.submit(carrying(work)).result()

    assert _places() == ["submission=alice", "submission=bob", ""]


def test_one_function_may_be_carried_by_many_threads_at_once() -> None:
    """As `map` of a pool does."""

    def double(number: int) -> int:
        return number * 2

    with working_on(lab="04"), ThreadPoolExecutor(4) as pool:
        assert list(pool.map(carrying(double), range(50))) == [double(n) for n in range(50)]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("one\ntwo", "one\\ntwo"),
        ("right\u202eleft", "right\\u202eleft"),
        ("bell\x07", "bell\\x07"),
        ("ünïcödé", "ünïcödé"),
    ],
)
def test_what_a_terminal_would_not_show_as_it_is_comes_as_an_escape(text: str, shown: str) -> None:
    """In messages and in the names of what is worked on."""
    with working_on(submission=text):
        _log.warning("read %s", text)

    line = logs.last_lines()
    assert line.endswith(f"[submission={shown}] read {shown}\n")
    assert line.count("\n") == 1


def test_a_traceback_is_escaped_and_cannot_pass_for_a_line() -> None:
    """Every line of it is marked."""
    try:
        int("x\n2026-01-01T00:00:00.000 INFO all is well\x1b")
    except ValueError as error:
        error.args = (str(error.args[0]).encode().decode("unicode_escape"),)
        record = logging.LogRecord("grader.a", logging.ERROR, "", 1, "oh", (), sys.exc_info())

    first, *rest = SafeFormatter().format(record).splitlines()

    assert first.endswith("ERROR a [] oh")
    assert all(row.startswith("  | ") for row in rest)
    assert rest[-1] == "  | 2026-01-01T00:00:00.000 INFO all is well\\x1b'"


def test_a_flood_is_cut_and_only_the_last_lines_are_kept() -> None:
    """Memory does not grow with a class."""
    for number in range(logs.REMEMBERED + 10):
        _log.debug("line %d", number)
    _log.debug("%s", "x" * 10_000)

    lines = logs.last_lines().splitlines()
    assert len(lines) == logs.REMEMBERED
    assert len(lines[-1]) < 3000
    assert lines[-1].endswith("[8000 more characters]")


def test_the_last_lines_about_one_submission_name_no_other() -> None:
    """They are kept beside its report."""
    _log.info("for all")
    for name in ("alice", "bob"):
        with working_on(submission=name):
            _log.info("for %s", name)

    text = logs.last_lines("alice")
    assert ("for all" in text, "for alice" in text, "for bob" in text) == (True, True, False)


def test_each_listener_hears_as_much_as_it_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file all of it; stderr what -v says."""
    logs.listen(verbosity=1, file=tmp_path / "log")
    _log.info("happens")
    _log.debug("in detail")
    logs.end()
    _log.info("afterwards")

    said, file = capsys.readouterr().err, (tmp_path / "log").read_text()
    assert ("happens" in said, "in detail" in said, "afterwards" in said) == (True, False, False)
    assert ("happens" in file, "in detail" in file, "afterwards" in file) == (True, True, False)


def test_half_a_character_comes_as_an_escape() -> None:
    """As in the name of a file that is no UTF-8: it cannot even be written down."""
    record = logging.LogRecord("grader", logging.INFO, "", 0, "read %s", ("a\udcff",), None)

    assert "read a\\udcff" in logs.SafeFormatter().format(record)
