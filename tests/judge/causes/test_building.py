"""Causes of files that are not built, and of lines that are switched off."""

import pytest

from grader.facts import Fault, NotSeen, Place
from tests.judge.causes.said import found

_FILE = "Dockerfile-exec"
_LINES = ("WORKDIR /usr/src/app", "COPY main.py .", 'ENTRYPOINT ["python3", "main.py"]')


def _unbuilt(why: str) -> NotSeen:
    return NotSeen(fault=Fault.STUDENT, why=why, place=Place(file=_FILE, line=1))


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("FROM python:$VERSION", "no ARG above it gives VERSION a value"),
        ("ARG VERSION\nFROM python:$VERSION", "no ARG above it gives VERSION a value"),
        ("ARG VERSION=3.6\nFROM python:$VERSION", None),
        ("FROM python:${VERSION:-3.6}", None),
    ],
)
def test_a_variable_of_from_without_a_value_is_named(head: str, told: str | None) -> None:
    """It is not another base that somebody chose; with a value it is."""
    text = "\n".join((head, *_LINES))
    why = 'the image "python:$VERSION", which becomes "python:", is not allowed here'
    seen = found(
        "argument-of-from",
        "exec-builds",
        why,
        name="model",
        sources={_FILE: text},
        unbuilt=_unbuilt(why),
    )

    assert (told is None) == (seen is None)
    assert seen is None or (told or "") in seen.seen


@pytest.mark.parametrize(
    ("why", "cause"),
    [
        ('"FROM python 3.7" has 2 words after FROM; write FROM image', "from-with-other-words"),
        ("WORKDIR stands before any FROM; write FROM with an image above", "from-missing"),
    ],
)
def test_a_from_of_two_words_is_not_a_missing_one(why: str, cause: str) -> None:
    """One of them finds it, and not the other one."""
    causes = ("from-with-other-words", "from-missing")
    seen = {
        name: found(
            name, "exec-builds", why, name="model", sources={_FILE: "FROM"}, unbuilt=_unbuilt(why)
        )
        for name in causes
    }

    assert [name for name in causes if seen[name]] == [cause]


@pytest.mark.parametrize(
    ("line", "switched_off"),
    [
        ("# EXPOSE 1234", True),
        ("#EXPOSE 1234", True),
        ("# EXPOSE says which port: nothing is opened", False),
        ("# COPY server.py .", False),
    ],
)
def test_an_instruction_in_a_comment_is_told_from_a_sentence(
    line: str, *, switched_off: bool
) -> None:
    """And explains only what it would have changed."""
    text = f"FROM python:3.7\nWORKDIR /a\nCOPY server.py .\n{line}\n"
    seen = found(
        "instruction-commented-out",
        "server-exposes",
        "The image does not declare EXPOSE 1234",
        name="06-networks",
        sources={"Dockerfile-server": text},
        lines=(),
    )

    assert (seen is not None) == switched_off
    assert seen is None or seen.checks == ("server-exposes",)
