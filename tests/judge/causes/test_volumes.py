"""Causes in scripts that run in containers: what their shell says, quotes, traps."""

import pytest

from tests.judge.causes.said import found

_SCRIPT = """#!/bin/sh
file=$1
trap "exit 0" {signal}
echo "$ADD_LINE" >> {quote}$file{quote}
tail -n +1 -f "$file" &
wait
"""


def _script(signal: str = "TERM", quote: str = '"') -> dict[str, str]:
    return {"entrypoint.sh": _SCRIPT.format(signal=signal, quote=quote)}


@pytest.mark.parametrize(
    ("cause", "said", "line"),
    [
        ("command-unknown", "./entrypoint.sh: 5: tial: not found", 5),
        ("command-unknown", "./entrypoint.sh: line 5: tial: command not found", 5),
        ("command-unknown", "./entrypoint.sh: 4: [-n: not found", 4),
        ("script-syntax-error", "./entrypoint.sh: 6: Syntax error: Unterminated string", 6),
        ("script-syntax-error", "./entrypoint.sh: line 6: syntax error near `fi'", 6),
    ],
)
def test_what_a_shell_says_of_a_line_is_told_with_that_line(
    cause: str, said: str, line: int
) -> None:
    """In a container as in a script of its own."""
    reason = f"container-1 never printed «a». The last it printed was: {said} (standard error)"
    seen = found(cause, "sharing", reason, sources=_script())

    assert seen is not None
    assert (seen.file, seen.line) == ("entrypoint.sh", line)


def test_what_the_entrypoints_own_shell_says_is_no_line_of_a_script() -> None:
    """`sh: 1:` is the ENTRYPOINT line."""
    reason = "It printed: sh: 1: pyhton3: not found (standard error)"

    assert found("command-unknown", "sharing", reason, sources=_script()) is None


@pytest.mark.parametrize(("quote", "seen"), [("'", True), ('"', False)])
def test_a_variable_in_single_quotes_is_named(quote: str, *, seen: bool) -> None:
    """Behind a double-quoted word on the same line, too; a trap's command is meant to be so."""
    told = found(
        "variable-in-single-quotes",
        "sharing",
        "container-1 never printed «a».",
        sources=_script(quote=quote),
    )

    assert (told is not None) == seen
    assert told is None or told.line == 4


@pytest.mark.parametrize(("signal", "seen"), [("INT", True), ("EXIT", True), ("TERM", False)])
def test_a_trap_for_another_signal_is_named(signal: str, *, seen: bool) -> None:
    """Docker stop sends TERM."""
    told = found(
        "trap-missing",
        "stops",
        "SIGTERM had no effect: it had to be killed.",
        sources=_script(signal=signal),
    )

    assert (told is not None) == seen


@pytest.mark.parametrize(("path", "seen"), [("save_file", True), ("$1", False), ("${1}", False)])
def test_a_path_that_is_written_down_is_named(path: str, *, seen: bool) -> None:
    """CMD gives another one, which nobody looks at."""
    script = _SCRIPT.format(signal="TERM", quote='"').replace("file=$1", f"file={path}")
    reason = "container-1 never printed «a», and the container had ended."
    told = found("line-written-elsewhere", "sharing", reason, sources={"entrypoint.sh": script})

    assert (told is not None) == seen


@pytest.mark.parametrize(("line", "seen"), [("", True), ('tail -f "$file" &\n', False)])
def test_a_wait_for_nothing_is_named(line: str, *, seen: bool) -> None:
    """It comes back at once."""
    script = f"#!/bin/sh\nfile=$1\n{line}wait\n"
    reason = "container-1 never printed «a», and the container had ended."
    told = found("script-ends-at-once", "sharing", reason, sources={"entrypoint.sh": script})

    assert (told is not None) == seen
