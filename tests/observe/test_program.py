"""Reading Python's command line as Python does."""

import pytest

from grader.facts import Process
from grader.observe.program import (
    FoundProgram,
    find_program,
    holds_program,
    read_python_command,
)


@pytest.mark.parametrize(
    ("words", "script", "arguments"),
    [
        (["python3", "main.py", "a", "b c"], "main.py", ("a", "b c")),
        (["python3", "-u", "/app/main.py"], "/app/main.py", ()),
        (["python3", "-Bu", "-W", "ignore", "-Xutf8", "main.py", "-x"], "main.py", ("-x",)),
        (["python3", "-Wignore", "main.py"], "main.py", ()),
        (["python3", "--check-hash-based-pycs", "always", "main.py"], "main.py", ()),
        (["python3", "--", "main.py"], "main.py", ()),
        (["python3", "-m", "main", "a"], "main.py", ("a",)),
        (["python3", "-mmain", "a"], "main.py", ("a",)),
        (["python3", "-um", "main"], "main.py", ()),
        (["python3", "-c", "import x #/main.py", "main.py"], "", ()),
        (["python3", "-uc", "pass", "main.py"], "", ()),
        (["python3", "-", "main.py"], "", ()),
        (["python3", "start.py", "main.py"], "start.py", ("main.py",)),
        (["python3", "-m"], ".py", ()),
        (["python3"], "", ()),
        ([], "", ()),
    ],
)
def test_the_script_is_what_python_executes(
    words: list[str], script: str, arguments: tuple[str, ...]
) -> None:
    """Options are skipped, also those with a value; a word further on is only an argument."""
    assert read_python_command(words) == (script, arguments)


def _process(exe: str, *argv: str) -> Process:
    return Process(
        pid=1, ppid=0, exe=exe, argv=argv, args=" ".join(argv), caught=0, ignored=0, blocked=0
    )


def test_only_a_python_process_runs_a_program() -> None:
    """A shell that mentions it, or a program that calls itself so, does not."""
    shell = _process("/usr/bin/dash", "sh", "-c", "python3 main.py")
    wrapper = _process("/usr/bin/dash", "/bin/sh", "/usr/local/bin/python3", "main.py")
    python = _process("/usr/bin/python3.11", "python3", "main.py", "a")

    assert find_program([shell, wrapper], "main.py", _nothing) is None
    found = find_program([shell, wrapper, python], "main.py", _nothing)
    assert found is not None
    assert found.process is python
    assert found.arguments == ("a",)
    assert find_program([python], "", _nothing) is None


def _nothing(_: FoundProgram) -> bool:
    return False


def test_a_program_is_known_by_what_it_holds() -> None:
    """Under any name, and before another that only bears its name."""
    renamed = _process("/usr/bin/python3.11", "python3", "app.py", "a")
    named = _process("/usr/bin/python3.11", "python3", "main.py")

    found = find_program([named, renamed], "main.py", lambda found: found.path == "app.py")
    assert found is not None
    assert found.process is renamed
    found = find_program([named, renamed], "main.py", _nothing)
    assert found is not None
    assert found.process is named
    assert find_program([renamed], "main.py", _nothing) is None


@pytest.mark.parametrize(
    ("content", "same"),
    [
        (b"print()\n", True),
        (b"#!/usr/bin/env python3\nprint()\n", True),
        (b"#!/usr/bin/env python3\nprint(1)\n", False),
        (b"import os\nprint()\n", False),
        (b"", False),
    ],
)
def test_a_line_that_says_what_runs_it_changes_no_program(content: bytes, same: bool) -> None:
    """Who starts it by its own name needs one."""
    assert holds_program(content, b"print()\n") is same
