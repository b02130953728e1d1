"""Causes that keep a program from starting: lists that are none, names, shells."""

import pytest

from grader.facts import WrittenInstruction
from tests.judge.causes.said import found

_VOLUME = '["/usr/src/data"'


def _line(name: str, text: str, form: str = "shell") -> WrittenInstruction:
    return WrittenInstruction.model_validate({"name": name, "text": text, "form": form, "line": 9})


@pytest.mark.parametrize(
    ("cause", "text"),
    [
        ("list-without-brackets", '["./entrypoint.sh", "a"'),
        ("list-bare-words", '["./entrypoint.sh", "a]'),
        ("list-single-quotes", "['./entrypoint.sh', 'a']"),
        ("command-quoted-whole", '"./entrypoint.sh a"'),
    ],
)
def test_a_broken_list_in_cmd_is_named(cause: str, text: str) -> None:
    """Where CMD alone says what runs, as in ENTRYPOINT."""
    lines = (_line("CMD", text),)

    assert found(cause, "starts", "It ended.", sources={}, lines=lines) is not None


@pytest.mark.parametrize(("check", "seen"), [("declared", True), ("starts", False)])
def test_a_broken_list_of_volume_explains_what_is_declared(check: str, *, seen: bool) -> None:
    """It keeps nothing from starting."""
    lines = (_line("VOLUME", "['/usr/src/data']"),)
    told = found("list-single-quotes", check, "no", sources={}, lines=lines)

    assert (told is not None) == seen


def test_a_file_without_entrypoint_and_cmd_has_nothing_to_run() -> None:
    """What the base says is no program of the student's."""
    lines = (_line("COPY", "entrypoint.sh ."),)

    assert found("nothing-to-run", "starts", "It ended.", sources={}, lines=lines) is not None


def test_a_shell_that_reads_python_is_named() -> None:
    """Sh and bash say so in words that look like a program's own mistake."""
    lines = (_line("ENTRYPOINT", '["sh", "server.py"]', "exec"),)
    reason = "The last it printed was: server.py: 2: import: not found (standard error)"
    told = found(
        "python-by-a-shell",
        "server-answers",
        reason,
        name="06-networks",
        sources={},
        lines=lines,
    )

    assert told is not None


@pytest.mark.parametrize(("wanted", "near"), [("serve.py", "there is server.py"), ("x.py", "")])
def test_a_program_by_another_name_is_named(wanted: str, near: str) -> None:
    """With the file that is meant, where one is called almost like it."""
    lines = (
        _line("COPY", "server.py ."),
        _line("ENTRYPOINT", f'["python3", "{wanted}"]', "exec"),
    )
    reason = f"python3: can't open file '/usr/src/app/{wanted}': [Errno 2] No such file"
    told = found(
        "program-by-another-name",
        "server-answers",
        reason,
        name="06-networks",
        sources={},
        lines=lines,
    )

    assert told is not None
    assert near in told.seen


@pytest.mark.parametrize(("word", "seen"), [("entrypoint.sh", False), ("hello", True)])
def test_a_file_that_cmd_starts_is_no_argument(word: str, *, seen: bool) -> None:
    """Its lack is not that of an ENTRYPOINT; words that are no file's name are arguments."""
    lines = (_line("CMD", f'["{word}"]', "exec"),)
    reason = "The image has no ENTRYPOINT, only words in CMD."
    told = found("entrypoint-missing", "starts", reason, sources={}, lines=lines, cmd=(word,))

    assert (told is not None) == seen
