"""What parse() returns for good files and says about bad ones."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.build.dockerfile.parser import Directive, DockerfileSyntaxError, Instruction, parse
from tests.cost import steps

# Seconds; an idle machine needs a tenth to a half of one, quadratic work would need minutes.
STEPS_FOR_A_CHARACTER = 300


def last(text: str) -> Instruction:
    """Return the last instruction of `text` below a FROM."""
    return parse("FROM python:3.7\n" + text).instructions[-1]


def message(text: str) -> str:
    """Return what the student reads about `text`."""
    with pytest.raises(DockerfileSyntaxError) as caught:
        parse(text)
    return str(caught.value)


def test_instruction_fields() -> None:
    """An instruction keeps its lines, flags, arguments and the text as written."""
    dockerfile = parse('FROM a\ncopy --chown=1 --from=b \\\n  # why\n  ["x", "y"]\n')

    assert dockerfile.instructions[1] == Instruction(
        name="COPY",
        line=2,
        end_line=4,
        flags=("--chown=1", "--from=b"),
        args=("x", "y"),
        text='["x", "y"]',
        form="exec",
        heredocs=(),
    )


def test_file_fields() -> None:
    """A file keeps its directives, its escape character, its lines and its size in bytes."""
    dockerfile = parse("\ufeff# Syntax = a/b:1 \r\n# escape=`\nFROM a")

    assert dockerfile.directives == (Directive("syntax", "a/b:1", 1), Directive("escape", "`", 2))
    assert dockerfile.escape == "`"
    assert dockerfile.lines == ("# Syntax = a/b:1 \r", "# escape=`", "FROM a")
    assert dockerfile.size == 3 + 19 + 11 + 6


def test_check_directive_leaves_room_for_others() -> None:
    """`# check=` is a directive, so one below it still counts."""
    assert parse("# check=skip=all\n# escape=`\nFROM a\n").escape == "`"


@pytest.mark.parametrize(
    ("text", "form", "args"),
    [
        ('CMD ["a", "b"]', "exec", ("a", "b")),
        ("CMD ['a', 'b']", "shell", ("['a', 'b']",)),
        ('CMD ["a",]', "shell", ('["a",]',)),
        ("CMD []", "exec", ()),
        ("CMD a  b", "shell", ("a  b",)),
        ('CMD ["\\u00e9"]', "exec", ("é",)),
        ("ENV a b  c", "shell", ("a", "b  c")),
        ('ENV a=1 b="x y"', "shell", ("a", "1", "b", '"x y"')),
        ('HEALTHCHECK CMD ["x"]', "exec", ("CMD", "x")),
        ("ONBUILD RUN a b", "shell", ("RUN", "a b")),
    ],
)
def test_forms(text: str, form: str, args: tuple[str, ...]) -> None:
    """A JSON list of strings is exec form, everything else shell form."""
    instruction = last(text)

    assert (instruction.form, instruction.args) == (form, args)


def test_heredoc_bodies() -> None:
    """Bodies are taken out of the instruction list, each up to its own last line."""
    instruction = last("COPY <<a <<-'b' /x/\nFROM no\na\n\tb no\n\tb\n")

    assert instruction.heredocs == ("FROM no\n", "\tb no\n")
    assert (instruction.line, instruction.end_line) == (2, 6)


def test_stages() -> None:
    """Stages carry their names in lower case; ARGs above the first FROM stand outside."""
    dockerfile = parse("ARG a=1\nFROM x as Build\nRUN y\nFROM build\nFROM a b c\nCMD z\n")

    assert [(s.index, s.alias, s.source.line) for s in dockerfile.stages()] == [
        (0, "build", 2),
        (1, None, 4),
        (2, None, 5),
    ]
    assert [[i.name for i in s.instructions] for s in dockerfile.stages()] == [["RUN"], [], ["CMD"]]
    assert [i.name for i in dockerfile.global_args()] == ["ARG"]


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("", 1, ("has no instructions", "FROM")),
        ("# only\n\n# comments\n", 3, ("has no instructions",)),
        ("FROM a\nRUNN x\n", 2, ('"RUNN"', "did you mean RUN?")),
        ("FROM a\n\nentrpoint x\n", 3, ('"entrpoint"', "did you mean ENTRYPOINT?")),
        ("FROM a\n&& b\n", 2, ('"&&"', "no Dockerfile instruction")),
        ("FROM a\nx\x1b[31m\n", 2, ('"x\\x1b[31m"',)),
        ("FROM a\n" + "x" * 500, 2, ("x" * 77 + "...",)),
        ("RUN x\nFROM a\n", 1, ("RUN stands before any FROM", "write FROM")),
        ("ARG x\n", 1, ("no FROM",)),
        ("FROM\n", 1, ("FROM names no image",)),
        ("FROM --platform=x\n", 1, ("FROM names no image",)),
        ("FROM a\nCOPY x\n", 2, ("COPY needs a source and a destination",)),
        ('FROM a\nADD ["x"]\n', 2, ("ADD needs a source and a destination",)),
        ("FROM a\nENV x\n", 2, ("ENV has a name but no value", "ENV NAME=value")),
        ("FROM a\nLABEL x=1 y\n", 2, ("LABEL has a word without '='",)),
        ('FROM a\nCMD ["x", 1]\n', 2, ("something else than strings",)),
        ("FROM a\nRUN <<EOF\nx\n", 2, ('"<<EOF"', "ends")),
        ("FROM a\n\\\n", 2, ("nothing follows",)),
        ("# escape=x\nFROM a\n", 1, ("neither \\ nor `",)),
        ("# escape=\\\n# escape=`\nFROM a\n", 2, ("a second time",)),
        ("FROM a\nONBUILD ONBUILD RUN x\n", 2, ("ONBUILD stands inside ONBUILD",)),
        ("FROM a\nONBUILD RUNN x\n", 2, ("did you mean RUN?",)),
        ("FROM a\nRUN \ud800\n", 2, ("not UTF-8",)),
        ("FROM a\nRUN <<E${x:-a b}\n", 2, ("a } is missing", "leave << out")),
        ("FROM a\nRUN <<E " + "${a:-" * 60 + "}" * 60, 2, ("inside each other",)),
    ],
)
def test_messages(text: str, line: int, parts: tuple[str, ...]) -> None:
    """A bad file is refused with the line, what was seen and what to do."""
    said = message(text)

    assert said.startswith(f"line {line}: ")
    for part in parts:
        assert part in said


ADVERSARIAL = {
    "one long line": "FROM a\nRUN " + "x" * 200_000,
    "one long line with a heredoc look-alike": "FROM a\nRUN <<< " + "x " * 100_000,
    "many heredocs": "FROM a\nRUN" + " <<A" * 40_000 + "\n" + "A\n" * 40_000,
    "heredocs that never end": "FROM a\n" + "RUN <<A\n" * 25_000,
    "many continuations": "FROM a\nRUN x \\\n" + "y \\\n" * 50_000,
    "blank lines inside a continuation": "FROM a\nRUN x \\\n" + "\n" * 200_000,
    "spaces before a line's end": "FROM a\nRUN x" + " " * 200_000 + "y\n",
    "backslashes": "FROM a\nRUN <<a" + "\\" * 200_000,
    "quotes": "FROM a\nRUN <<a " + "'\"" * 100_000,
    "dollars": "FROM a\nRUN <<a " + "$" * 200_000,
    "open braces": "FROM a\nRUN <<a " + "${a:-" * 40_000,
    "nested JSON": "FROM a\nRUN " + "[" * 200_000,
    "JSON strings": "FROM a\nCMD [" + '"",' * 66_000 + '""]',
    "huge number": "FROM a\nRUN [" + "9" * 200_000 + "]",
    "flags": "FROM a\nRUN " + "--a " * 50_000,
    "one long flag": "FROM a\nRUN --" + "a" * 200_000,
    "directive with spaces": "# escape" + " " * 100_000 + "=" + " " * 100_000 + "x\nFROM a",
    "ONBUILD chain": "FROM a\n" + "ONBUILD " * 25_000,
    "ENV words": "FROM a\nENV " + "a=b " * 50_000,
    "ENV quote": 'FROM a\nENV a="' + "x" * 200_000,
    "many instructions": "FROM a\n" + "RUN\n" * 50_000,
    "many stages": "FROM a\n" * 28_000,
    "unknown word": "FROM a\n" + "R" * 200_000,
    "carriage returns": "FROM a\nRUN x" + "\r" * 200_000,
}


@pytest.mark.parametrize("text", ADVERSARIAL.values(), ids=ADVERSARIAL.keys())
def test_work_grows_with_the_text_and_no_faster(text: str) -> None:
    """Whatever it is made of: a character costs so many steps, in a text of any length."""
    for length in (4_000, 16_000):
        assert steps(lambda: _parse(text[:length])) < STEPS_FOR_A_CHARACTER * length  # noqa: B023


@pytest.mark.parametrize("text", ADVERSARIAL.values(), ids=ADVERSARIAL.keys())
def test_what_is_longer_than_a_dockerfile_may_be_costs_less(text: str) -> None:
    """It is refused before it is read."""
    assert steps(lambda: _parse(text)) < len(text)


def _parse(text: str) -> None:
    with suppress(DockerfileSyntaxError):
        parse(text)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text() | st.text(alphabet="FROMRUN \\\n\r\"'[]<>$`{}#=-AS\t").map("FROM a\n".__add__))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    """Whatever the text, the only exception is DockerfileSyntaxError, with a line of the file."""
    try:
        line = parse(text).instructions[-1].end_line
    except DockerfileSyntaxError as error:
        line = error.line
    assert 1 <= line <= text.count("\n") + 1
