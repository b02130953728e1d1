"""What starts before a command does: the list of commands, what is loaded for it, and the log."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path
from unittest import mock

import click
import pytest

from grader.cli import main
from grader.core import logs
from tests.cli.command import run
from tests.conftest import ROOT

# Libraries that take longer to load than all that `grader --help` needs.
SLOW = ("docker", "jinja2", "markdown_it", "nbformat", "pydantic", "requests", "rich", "yaml")
_LOADED = """
import json, sys
sys.argv[1:] = {args}
from grader.__main__ import main
try:
    main()
except SystemExit:
    pass
print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def _loaded(*args: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED.format(args=list(args))],
        check=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
    )
    return set(json.loads(done.stderr))


@pytest.mark.parametrize("name", main.COMMANDS)
def test_the_list_of_commands_says_what_each_says_itself(name: str) -> None:
    """It is written beside them, so that listing them loads none."""
    command = main.cli.get_command(click.Context(main.cli), name)

    assert command is not None
    assert command.help is not None
    assert " ".join(command.help.split("\n\n")[0].split()) == main.COMMANDS[name]


def test_every_module_with_a_command_is_listed() -> None:
    """A new one is in no list by itself."""
    made = {
        path.stem.rstrip("_")
        for path in (ROOT / "grader" / "cli").glob("*.py")
        if "@click.command(" in path.read_text()
    }

    assert made == set(main.COMMANDS)


@pytest.mark.parametrize("option", ["--version", "--help", "-h"])
def test_what_every_shell_asks_for_loads_click_and_little_more(option: str) -> None:
    """No library of any command, and of the grader's own modules a handful."""
    loaded = _loaded(option)

    assert "click" in loaded
    assert loaded.isdisjoint(SLOW)
    assert len([name for name in loaded if name.startswith("grader")]) <= 10


def test_help_of_one_command_does_not_load_the_others() -> None:
    """What grades is not needed to say what `clean` does."""
    loaded = _loaded("clean", "--help")

    assert "grader.cli.clean" in loaded
    assert "grader.cli.grade" not in loaded


def test_nothing_is_logged_unless_asked_for(tmp_path: Path) -> None:
    """Neither to a stream nor to a file."""
    done = run("rejudge", tmp_path, cwd=tmp_path, env=os.environ)

    assert done.stderr.startswith("There is no */facts.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [("-v", "rejudge", "."), ("rejudge", ".", "-v")])
def test_options_of_the_log_may_stand_before_or_after_the_command(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    """What was typed comes first, or what the log was switched on by."""
    done = run(*words, cwd=tmp_path, env=os.environ)

    assert done.returncode == 2
    assert "INFO cli.main [] ends with UsageError: There is no */facts.json" in done.stderr


def test_the_log_goes_to_a_file_and_grows(tmp_path: Path) -> None:
    """In detail, whatever -v says; stderr stays as it was."""
    log = tmp_path / "grader.log"
    for _ in range(2):
        done = run("rejudge", ".", "--log", log, cwd=tmp_path, env=os.environ)

    assert "INFO" not in done.stderr
    assert log.read_text().count("ends with UsageError") == 2
    assert logging.getLogger("grader").handlers == []


def test_a_log_that_cannot_be_written_is_wrong_use(tmp_path: Path) -> None:
    """With its name."""
    done = run("--log", "nosuch/log", "rejudge", ".", cwd=tmp_path, env=os.environ)

    assert done.returncode == 2
    assert "nosuch/log cannot be read or written" in done.stderr


def test_a_failure_of_the_graders_own_leaves_the_last_lines_and_the_traceback(
    tmp_path: Path,
) -> None:
    """In a file that is named; nothing of a student's in it gets to a terminal as it was."""

    def fail(*_: object) -> None:
        logging.getLogger("grader.test").debug("reading %s", "a\x1b[2Jb")
        message = "no\u202eluck"
        raise RuntimeError(message)

    with mock.patch("grader.results.store.stored", fail):
        done = run("rejudge", ".", cwd=tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)})

    assert done.returncode == 3
    (named,) = [word for word in done.stderr.split() if word.endswith(".log")]
    text = Path(named).read_text()
    Path(named).unlink()
    assert "INFO cli.main [] grader rejudge ." in text
    assert "DEBUG test [] reading a\\x1b[2Jb" in text
    assert "RuntimeError: no\\u202eluck" in text
    assert text.startswith("grader ")
    assert logs.last_lines() != ""


def test_check_says_what_it_does_before_its_libraries_are_there() -> None:
    """They take a second to load, and many on a busy machine: YAML's alone is small."""
    say = "import json, sys, grader.cli.check; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", say], check=True, capture_output=True, text=True)

    assert set(json.loads(done.stdout)) & set(SLOW) <= {"yaml"}
