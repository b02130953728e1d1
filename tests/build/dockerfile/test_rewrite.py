"""What of a student's Dockerfile is changed before it is built, and that nothing else is."""

from grader.build.dockerfile.parser import parse
from grader.build.dockerfile.rewrite import rewrite
from grader.build.dockerfile.stage_bases import stage_bases

IDS = {"python:3.7": "sha256:37", "python:3.8": "sha256:38"}


def rewritten(text: bytes) -> bytes:
    """Return a file as it is built where two bases are allowed."""
    dockerfile = parse(text.decode("utf-8-sig", errors="replace"))
    return rewrite(text, dockerfile, stage_bases(dockerfile, list(IDS)), IDS, "mine=1")


def test_a_base_is_named_by_the_id_that_was_measured() -> None:
    """Whatever way it was written; a stage of the file keeps its name."""
    text = (
        b"ARG V=3.8\nFROM --platform=linux/arm64 python:${V} AS One\nRUN a\n"
        b"FROM \\\n  python:3.7 \nRUN b\nFROM one\nRUN c"
    )

    assert rewritten(text) == (
        b"ARG V=3.8\nFROM sha256:38 AS one\nLABEL mine=1\nRUN a\n"
        b"FROM sha256:37\n\nLABEL mine=1\nRUN b\nFROM one\nLABEL mine=1\nRUN c"
    )


def test_the_builder_that_is_named_goes_and_other_directives_stay_on_top() -> None:
    """An empty line above `# escape=` would end it."""
    top = b"\xef\xbb\xbf# syntax=docker/dockerfile:1\r\n# escape=`\r\n"
    text = top + b"FROM python:3.7\r\nRUN a `\r\n b\r\n"

    found = rewritten(text)

    assert found == b"# escape=`\r\n\nFROM sha256:37\nLABEL mine=1\nRUN a `\r\n b\r\n"
    assert parse(found.decode()).escape == "`"


def test_bytes_stay_as_they_are() -> None:
    """An umlaut of an old Windows editor is built as it is."""
    assert rewritten(b"# f\xfcr\nFROM python:3.7\nLABEL a=\xfc\n").endswith(b"LABEL a=\xfc\n")
