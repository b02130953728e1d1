"""Our parser against BuildKit's own: same instructions, flags, forms, lines and values."""

from pathlib import Path
from typing import Any

import dockerfile as oracle
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.build.dockerfile.parser import Dockerfile, DockerfileSyntaxError, parse

CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.Dockerfile"))
KNOWN = frozenset(oracle.all_cmds())

# Pieces that matter to some rule; most of what they compose is odd, much of it still parses.
FRAGMENTS = [
    *("FROM a\n", "FROM ", "RUN ", "COPY ", "ADD ", "ENV ", "ARG ", "LABEL ", "ONBUILD ", "CMD "),
    *("HEALTHCHECK ", "EXPOSE ", "VOLUME ", "USER ", "shell ", "entrypoint ", "RUNN ", "AS"),
    *("<<E", "<<-E", "<<'E'", '<<"E F"', "\nE\n", "\n\tE\n", "<", "E"),
    *("\\\n", "\\\r\n", "\\ \t\n", "`\n", "# escape=`\n", "# c\n", "  # c\n", "\n", "\r\n"),
    *(" ", "\t", "\v", "\u00a0", "\u0085", "\u00e0", "\u2003", "\u212a", "\ufeff", "\r", "\x1c"),
    *("=", "a", "b=c", '"', "'", "\\", "\\\\", "`", "$", "${", "}", "$x", "${x:-", ":", "-"),
    *("--", "--from=", "--a=b", "[", '"a"', ",", "]", '["a","b"]', "[1]", "\\u00e9", "null"),
]
compositions = st.tuples(
    st.sampled_from(["", "FROM a\n", "FROM a\n", "\ufeffFROM a\n", "ARG x\nFROM a\n"]),
    st.lists(st.sampled_from(FRAGMENTS), max_size=14),
).map(lambda parts: parts[0] + "".join(parts[1]))


def theirs(text: str) -> tuple[Any, ...] | None:
    """Return what BuildKit's parser makes of `text`, None if it refuses it."""
    try:
        return tuple(oracle.parse_string(text))
    except oracle.GoParseError:
        return None


def no_instructions_for_us(commands: tuple[Any, ...]) -> bool:
    """Say whether the file is one that BuildKit's parser takes and its next step refuses."""
    names = [(each.cmd or "").lower() for each in commands]
    inner = [(each.sub_cmd or "").lower() for each in commands]
    first_from = names.index("from") if "from" in names else len(names)
    fewest = {"from": 1, "add": 2, "copy": 2}
    return (
        any(name not in KNOWN for name in [*names, *filter(None, inner)])
        or "from" not in names
        or any(name != "arg" for name in names[:first_from])
        or "onbuild" in inner
        or any(
            len(each.value) < fewest.get(below or name, 0)
            for each, name, below in zip(commands, names, inner, strict=True)
        )
    )


def flat_theirs(commands: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    """Return the oracle's commands in the shape both sides share."""
    return [
        (
            each.cmd.lower(),
            each.start_line,
            each.end_line,
            each.flags,
            each.json,
            ((each.sub_cmd.lower(),) if each.sub_cmd else ()) + each.value,
            tuple(doc.content for doc in each.heredocs),
        )
        for each in commands
    ]


def flat_ours(dockerfile: Dockerfile) -> list[tuple[Any, ...]]:
    """Return our instructions in the shape both sides share."""
    return [
        (
            each.name.lower(),
            each.line,
            each.end_line,
            each.flags,
            each.form == "exec",
            (each.args[0].lower(), *each.args[1:])
            if each.name == "ONBUILD" and each.args
            else each.args,
            # The oracle drops the bodies below ONBUILD; their lines are compared all the same.
            () if each.name == "ONBUILD" else each.heredocs,
        )
        for each in dockerfile.instructions
    ]


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_corpus_agrees(path: Path) -> None:
    """Every tricky file of the corpus parses to the same list as in BuildKit."""
    text = path.read_bytes().decode()
    commands = theirs(text)
    assert commands is not None

    assert flat_theirs(commands) == flat_ours(parse(text))


def test_corpus_is_large_enough() -> None:
    """The corpus is found, so the test above is not silently empty."""
    assert len(CORPUS) >= 40


@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(compositions)
def test_compositions_agree(text: str) -> None:
    """Composed files are refused by us if and only if BuildKit refuses them, and else agree."""
    try:
        commands = theirs(text)
    except UnicodeDecodeError:
        # The Go parser cut a letter in two, which its Python wrapper cannot hand over.
        return
    expected = None if commands is None or no_instructions_for_us(commands) else commands
    try:
        ours = parse(text)
    except DockerfileSyntaxError:
        assert expected is None
        return
    assert expected is not None
    assert flat_theirs(expected) == flat_ours(ours)
