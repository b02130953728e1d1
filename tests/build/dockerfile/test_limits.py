"""Parser directives, sizes, and variables that grow."""

import pytest

from grader.build.dockerfile.parser import DockerfileSyntaxError, parse
from grader.build.dockerfile.screen import Refusal, screen
from tests.cost import steps

# Seconds; an idle machine needs a tenth to a half of one, quadratic work would need minutes.

FROM = "FROM python:3.7\n"


def refusals(text: str) -> tuple[Refusal, ...]:
    """Return what the screen says with one allowed image."""
    return screen(parse(text), ["python:3.7"])


def rules(text: str) -> list[str]:
    """Return the rules broken below a good FROM line."""
    return [each.rule for each in refusals(FROM + text + "\n")]


@pytest.mark.parametrize(
    ("top", "lines"),
    [
        ("# syntax=docker/dockerfile:1\n", []),
        ("# syntax=docker/dockerfile:1.7.0\n", []),
        ("# syntax = docker.io/docker/dockerfile:1.4\r\n", []),
        ("# syntax=docker/dockerfile:1-labs\n", [1]),
        ("# syntax=docker/dockerfile:2\n", [1]),
        ("# syntax=docker/dockerfile:1@sha256:0\n", [1]),
        ("# syntax=evil/docker/dockerfile:1\n", [1]),
        ("#syntax=x\n", [1]),
        ("  #  SYNTAX  =  x  \r\n", [1]),
        ("\ufeff# syntax=x\n", [1]),
        ("# check=skip=all\n# syntax=x\n", [2]),
        ("# escape=\\\n# syntax=x\n", [2]),
        ("#!/usr/bin/x\n# syntax=x\n", [2]),
        ("#\u00a0syntax=x\n", [1]),
        ("# escape=`\n", []),
        ("# check=skip=all\n# escape=`\n", []),
        ("# syntax=docker/dockerfile:1\n# escape=`\n", []),
        ("# escape=`\n# syntax=x\n", [2]),
        ("#!/usr/bin/x\n# escape=`\n", [2]),
        ("#\u00a0escape=`\n", [1]),
        ("# escape=\\\n", []),
        ("# check=skip=all\n", []),
        ("# my first image\n# syntax=x\n", []),
        ("\n# syntax=x\n", []),
        ("# syntax is nice\n", []),
        ("# syntax=\n", []),
    ],
)
def test_directives(top: str, lines: list[int]) -> None:
    """Another builder is refused, and so is what only some builders take for a directive."""
    found = refusals(top + FROM)

    assert [each.line for each in found] == lines
    assert {each.rule for each in found} <= {"directive"}


def test_sizes() -> None:
    """Too many bytes, too many instructions and too long lines each have their message."""
    assert rules("RUN " + "x" * (16 * 1024 - 4)) == []
    assert rules("RUN " + "x" * (16 * 1024 - 3)) == ["size"]
    assert rules("RUN " + "\u00e9" * (8 * 1024 - 1)) == ["size"]
    assert rules("RUN x\n" * 99) == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (FROM + "RUN x\n" * 100, 101),
        (FROM + ("#" * 100 + "\n") * 700, 1),
        ("ARG a=" + "x" * 60_000 + "\n" + "".join(f"ARG b{n}=x$a\n" for n in range(20_000)), 1),
    ],
)
def test_what_is_too_large_is_not_even_read(text: str, line: int) -> None:
    """So that no later look at it, in whatever order, can take long."""
    with pytest.raises(DockerfileSyntaxError, match="more than") as caught:
        parse(text)

    assert caught.value.line == line


@pytest.mark.parametrize(
    "text",
    [
        "ENV A=0123456789\n" + "ENV A=$A$A\n" * 40,
        "ARG A=0123456789\n" + "ARG A=$A$A$A$A\n" * 40,
        "ENV A=$PATH\n" + "ENV A=$A$A\n" * 40,
        "ENV A=" + "x" * 10_000 + "\n" + "\n".join(f"LABEL l{n}=$A" for n in range(50)),
        "ENV A=" + "x" * 10_000 + "\nADD " + "$A " * 4000 + "/x",
        "ENV A=" + "x" * 10_000 + "\nEXPOSE " + "${A} " * 3000,
    ],
)
def test_growth(text: str) -> None:
    """Variables that grow from line to line are refused before they have grown."""
    assert set(rules(text)) == {"size"}
    assert steps(lambda: rules(text)) < 300 * len(text)


def test_growth_of_global_arguments() -> None:
    """The ARGs above FROM are counted as well."""
    found = refusals("ARG A=0123456789\n" + "ARG A=$A$A$A$A\n" * 20 + FROM)

    assert {each.rule for each in found} == {"size"}
