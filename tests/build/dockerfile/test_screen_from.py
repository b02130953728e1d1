"""FROM and COPY --from: nothing but the allowed images and this file's own stages."""

import pytest

from grader.build.dockerfile.parser import parse
from grader.build.dockerfile.screen import final_base, screen

ALLOWED = ("python:3.7", "ghcr.io/course/base:1")
DIGEST = "sha256:" + "0a" * 32


def broken(text: str) -> list[tuple[int, str]]:
    """Return line and rule of every refusal."""
    return [(each.line, each.rule) for each in screen(parse(text), ALLOWED)]


@pytest.mark.parametrize(
    "text",
    [
        "FROM python:3.7\n",
        "from python:3.7 as x\n",
        "FROM docker.io/library/python:3.7\n",
        "FROM index.docker.io/python:3.7\n",
        "FROM ghcr.io/course/base:1\n",
        "FROM \"python\":'3.7'\n",
        "FROM p\\ython:3.7\n",
        "FROM \\\n  # why\n  python:3.7\n",
        "\tFROM\tpython:3.7\tAS\tx\n",
        "ARG V=3.7\nFROM python:$V\n",
        "ARG V=3.7\nARG I=python:${V}\nFROM ${I:-nope}\n",
        "ARG V\nFROM python:${V:-3.7}\n",
        "ARG V=nope\nARG V=3.7\nFROM python:$V\n",
        "FROM python:3.7$UNDEFINED\n",
        "FROM python:3.7 AS a\nFROM a AS b\nFROM B\n",
        "FROM python:3.7 AS python\nFROM python\n",
        "ARG I=python:3.7\nFROM $I\nARG I=evil\nFROM $I\n",
        "ARG S=a\nFROM python:3.7 AS a\nFROM $S\n",
    ],
)
def test_allowed(text: str) -> None:
    """An allowed image passes however it is spelled, and so does an earlier stage by name."""
    assert broken(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "FROM python\n",
        "FROM python:3.8\n",
        "FROM Python:3.7\n",
        f"FROM python:3.7@{DIGEST}\n",
        f"FROM python@{DIGEST}\n",
        "FROM evil.example/library/python:3.7\n",
        "FROM docker.io/other/python:3.7\n",
        "FROM 4bd2f1d80ec4\n",
        "FROM sha256:4bd2f1d80ec4\n",
        "FROM " + "0a" * 32 + "\n",
        "FROM scratch\n",
        "FROM SCRATCH\n",
        "FROM $NOTHING\n",
        "FROM python:$NOTHING\n",
        "FROM ${X:-scratch}\n",
        "ARG V=3.8\nFROM python:$V\n",
        "ARG V=3.7\nARG V=3.8\nFROM python:$V\n",
        "ARG I=python:3.7-x\nFROM ${I%-x}\n",
        "ARG A=python B=$A:3.7\nFROM $B\n",
        "ARG V=3.7\nARG V\nFROM python:$V\n",
        "FROM python:3.7${TARGETOS:+-evil}\n",
        "FROM python:3.7${HTTP_PROXY:+-evil}\n",
        "FROM python:3.7$1\n",
        "FROM '$X'\n",
        "FROM python:3.7 x\n",
        "FROM python:3.7 is x\n",
        "FROM python:3.7 AS 0\n",
        "FROM python:3.7 AS a/b\n",
        "FROM python:3.7 AS $X\n",
        'FROM ["python:3.7"]\n',
        "FROM a\u200b\n",
    ],
)
def test_refused(text: str) -> None:
    """Any other image, image ID, empty image or open variable is refused."""
    assert [rule for _, rule in broken(text)] == ["from"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("FROM later\nFROM python:3.7 AS later\n", 1),
        ("FROM self AS self\n", 1),
        ("FROM python:3.7\nFROM 0\n", 2),
        ("FROM python:3.7\nENV I=python:3.7\nFROM $I\n", 3),
        ("FROM python:3.7\nARG I=python:3.7\nFROM $I\n", 3),
        ("FROM python:3.7 AS a\nFROM a\u017f\n", 2),
        ("FROM python:3.7 AS kk\nFROM \u212ak\n", 2),
    ],
)
def test_stage_that_is_none(text: str, line: int) -> None:
    """A later stage, the stage itself, a number and a stage's own variable do not count."""
    assert broken(text) == [(line, "from")]


def test_refused_base_is_reported_once() -> None:
    """A stage on top of a refused one adds no second report."""
    assert broken("FROM evil AS a\nFROM a\n") == [(1, "from")]


@pytest.mark.parametrize(
    "platform", ["linux/arm64", "linux/amd64", "linux/arm/v7", "linux", "$BUILDPLATFORM"]
)
def test_a_platform_changes_nothing(platform: str) -> None:
    """What is built stands on the base as this engine has it, whatever platform is named."""
    assert broken(f"FROM --platform={platform} python:3.7\n") == []


@pytest.mark.parametrize(
    "flag", ["--platform=$A", "--platform=windows/amd64", "--x=y", "--platform"]
)
def test_other_flags_of_from(flag: str) -> None:
    """They can make newer engines fetch another image, or none that could run here."""
    assert broken(f"FROM {flag} python:3.7\n") == [(1, "from-flag")]


@pytest.mark.parametrize(
    "text",
    ['ARG V=3.8\nARG "V"=3.7\nFROM python:$V\n', "ARG V=3.7\nARG ${V}V=3.8\nFROM python:$V\n"],
)
def test_quoted_argument_names(text: str) -> None:
    """A name that Docker would unquote or expand cannot set a variable behind our back."""
    assert (2, "variable-name") in broken(text)


def test_reason_names_the_choice() -> None:
    """The student reads what the image became and which ones are allowed."""
    (refusal,) = screen(parse("ARG V=3.8\nFROM python:$V\n"), ALLOWED)

    assert refusal.line == 2
    assert refusal.reason == (
        'the image "python:$V", which becomes "python:3.8", is not allowed here; '
        "use one of: python:3.7, ghcr.io/course/base:1"
    )


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("FROM python:3.7\n", "python:3.7"),
        (
            "FROM docker.io/library/python:3.7 AS a\nFROM ghcr.io/course/base:1\nFROM A\n",
            "python:3.7",
        ),
        ("ARG R=ghcr.io\nFROM python:3.7\nFROM $R/course/base:1\n", "ghcr.io/course/base:1"),
        ("FROM python:3.7\nFROM evil\n", None),
        ("FROM evil AS a\nFROM a\n", None),
        ("FROM python:3.7 AS a\nFROM python:3.8 AS a\nFROM a\n", None),
    ],
)
def test_final_base(text: str, base: str | None) -> None:
    """The last stage's base comes out in the allowlist's own spelling."""
    assert final_base(parse(text), ALLOWED) == base


def test_final_base_keeps_the_spelling_of_the_list() -> None:
    """An entry written in full stays written in full."""
    assert final_base(parse("FROM python\n"), ["docker.io/python"]) == "docker.io/python"


STAGES = "FROM python:3.7 AS Builder\nFROM python:3.7\n"


@pytest.mark.parametrize(
    "copy",
    [
        "COPY --from=builder /a /b",
        "COPY --from=BUILDER /a /b",
        "copy --from=0 /a /b",
        "COPY --chown=1:1 --from=builder /a /b",
        'COPY --from="builder" ["/a", "/b"]',
        "COPY --chown=me:me a b",
    ],
)
def test_copy_from_stage(copy: str) -> None:
    """An earlier stage's name, or its number, is fine."""
    assert broken(STAGES + copy + "\n") == []


@pytest.mark.parametrize(
    "copy",
    [
        "COPY --from=python:3.7 /a /b",
        "COPY --from=ubuntu /a /b",
        "COPY --from=1 /a /b",
        "COPY --from=2 /a /b",
        "COPY --from=00 /a /b",
        "COPY --from=+0 /a /b",
        "COPY --from=-1 /a /b",
        "COPY --from=\u0660 /a /b",
        "COPY --from= /a /b",
        "COPY --from /a /b",
        "COPY --from=$X /a /b",
        "COPY --from=${X:-builder} /a /b",
        "COPY --fr\\om=ubuntu /a /b",
        'COPY --"from"=ubuntu /a /b',
        "COPY --from=builder --from=ubuntu /a /b",
        "COPY --chown x --from=ubuntu /a /b",
        "COPY --from=builder\\ x /a /b",
        "COPY \\\n  --from=ubuntu \\\n  /a /b",
        "ADD --from=ubuntu /a /b",
        "COPY --from=later /a /b\nFROM python:3.7 AS later",
    ],
)
def test_copy_from_elsewhere(copy: str) -> None:
    """Images, this very stage, later stages, odd numbers and variables are refused."""
    assert {rule for _, rule in broken(STAGES + copy + "\n")} == {"copy-from"}


def test_copy_from_own_name() -> None:
    """To Docker the unfinished stage's own name is an image somewhere else."""
    assert broken("FROM python:3.7 AS me\nCOPY --from=me /a /b\n") == [(2, "copy-from")]
