"""What is odd and built all the same is named with its line, and nothing else is."""

import pytest

from grader.build.dockerfile.parser import parse
from grader.build.dockerfile.remarks import remarks


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('CMD ["a"] # words', 2, "# words"),
        ('HEALTHCHECK CMD ["a"]]', 2, '"]"'),
        ('RUN true\nSHELL ["/bin/sh", "-c"] x', 3, "shell form"),
        ("ONBUILD RUN x", 2, "ONBUILD does nothing"),
    ],
)
def test_odd_lines(text: str, line: int, words: str) -> None:
    """One sentence for each."""
    (found,) = remarks(parse(f"FROM a\n{text}\n"))

    assert found.startswith(f"line {line}: ")
    assert words in found


def test_a_platform_is_named() -> None:
    """What runs is what the engine can run."""
    (found,) = remarks(parse("FROM --platform=linux/arm64 a\n"))

    assert "--platform=linux/arm64" in found


def test_usual_lines_have_none() -> None:
    """Lists, words that look like one, and no list at all."""
    assert remarks(parse('FROM a\nRUN ["x"]\nCMD ["a"]\nENTRYPOINT [a] b\nLABEL a=["x"]y\n')) == ()
