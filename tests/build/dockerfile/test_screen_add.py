"""ADD and COPY: nothing is downloaded, whatever the variables, and files are there."""

import re

import pytest

from grader.build.dockerfile.parser import parse
from grader.build.dockerfile.screen import Refusal, screen

FROM = "FROM python:3.7\n"


def refusals(text: str, **more: list[str]) -> tuple[Refusal, ...]:
    """Return what the screen says with one allowed image."""
    return screen(parse(text), ["python:3.7"], **more)


def rules(text: str, **more: list[str]) -> list[str]:
    """Return the rules broken below a good FROM line."""
    return [each.rule for each in refusals(FROM + text + "\n", **more)]


URL = "http://example.org/x"


@pytest.mark.parametrize(
    "text",
    [
        f"ADD {URL} /y",
        "add HTTPS://EXAMPLE.ORG/x /y",
        f"ADD a {URL} b /y/",
        f"ADD --chown=0:0 {URL} /y",
        f'ADD ["{URL}", "/y"]',
        'ADD ["h\\u0074tp://x", "/y"]',
        f'ADD [" {URL}", "/y"]',
        'ADD ht"tp://"x /y',
        "ADD h\\ttp://x /y",
        "ADD http:\\\n//x /y",
        "ADD \\\n  # comment\n\n  http://x /y",
        "ADD ftp://x /y",
        "ADD git://x/y.git /y",
        "ADD git@github.com:a/b.git /y",
        "ADD root@127.0.0.1:a/b.git /y",
        "ADD ssh://git@x/y /y",
        "ADD git+ssh://x /y",
        f"ENV U={URL}\nADD $U /y",
        f"ENV U {URL}\nADD $U /y",
        f'ENV U "{URL}"\nADD ${{U}} /y',
        "ENV S=http:\nADD $S//x /y",
        f"ENV U=a\nENV U={URL}\nADD $U /y",
        f"ENV U={URL}\nARG U=a\nADD $U /y",
        f"ARG U={URL}\nADD $U /y",
        "ARG U=main.py\nADD $U /y",
        "ADD $PYTHON_GET_PIP_URL /y",
        "ENV U=$PYTHON_GET_PIP_URL\nADD $U /y",
        f"ADD ${{X:-{URL}}} /y",
        f"ADD ${{PATH:+{URL}}} /y",
        f"ENV U=a\nADD ${{U:+{URL}}} /y",
        f"ADD ${{1:-{URL}}} /y",
        f"ADD ${{HTTP_PROXY:-{URL}}} /y",
        f"ENV U=x{URL}\nADD ${{U#x}} /y",
        "ENV U=a V=$U\nADD $V /y",
        "ENV U=a\nENV K=U\nFROM python:3.7\nADD $U /y",
        "ADD $U /y",
        f"COPY {URL} /y",
        f"\u00a0ADD {URL} /y",
    ],
)
def test_add_url(text: str) -> None:
    """Whatever quotes, escapes, lists and variables make of it, ADD downloads nothing."""
    assert rules(text) == ["add-url"]


def test_add_url_with_the_other_escape_character() -> None:
    """With `# escape=` a backtick hides the scheme; it is seen all the same."""
    found = refusals(f"# escape=`\n{FROM}ADD h`ttp://x /y\n")

    assert [(each.line, each.rule) for each in found] == [(3, "add-url")]


def test_add_variable_through_stages() -> None:
    """A stage inherits ENV from the stage it starts from, not from the one above it."""
    text = "FROM python:3.7 AS a\nENV U={}\nFROM {}\nARG U=main.py\nADD $U /y\n"

    assert refusals(text.format("x.tar", "a")) == ()
    assert [each.rule for each in refusals(text.format(URL, "a"))] == ["add-url"]
    assert [each.rule for each in refusals(text.format("x.tar", "python:3.7"))] == ["add-url"]


def test_global_argument_in_add() -> None:
    """A global ARG comes into a stage by name."""
    text = f"ARG U={URL}\n{FROM}ARG U\nADD $U /y\n"

    assert [(each.line, each.rule) for each in refusals(text, base_env=[])] == [(4, "add-url")]


def test_known_base_variables() -> None:
    """An ARG is trusted if the base image is known not to set it."""
    text = "ARG A=main.py\nADD $A /y\nWORKDIR /$A"

    assert rules(text, base_env=["B"]) == []
    assert rules(text, base_env=["A"]) == ["add-url", "workdir"]
    assert rules("ARG PATH=a\nADD $PATH /y", base_env=[]) == ["add-url"]


@pytest.mark.parametrize(
    "text",
    [
        'ENV K=U\nENV "$K"=http://x',
        'ENV "U"=http://x',
        "ENV U\\V=x",
        "ENV ${K}=x",
        "ENV =x",
        "ENV 'U' x",
        'ARG "U"=x',
        "ARG \\U",
        "ENV \u00e9=x",
    ],
)
def test_variable_names(text: str) -> None:
    """A name that Docker would rewrite is refused, so nothing is set behind our back."""
    assert rules(text) == ["variable-name"]


def test_missing_files() -> None:
    """With the build's files at hand, a source that is none of them is named."""
    files = ["main.py", "src/a.py"]

    assert rules("COPY main.py ./src src/ /src/a.py . *.txt $X /x/", files=files) == []
    assert rules("COPY --from=0 /nope /x", files=files) == ["copy-from"]
    assert rules("FROM python:3.7\nCOPY --from=0 /nope /x", files=files) == []
    assert rules("COPY mian.py sr /x/", files=files) == ["missing-file"] * 2
    assert rules("ADD nope.tar /x", files=files) == ["missing-file"]


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("COPY --chmod=755 a /b", "RUN chmod 755 FILE"),
        ("COPY --from=0 --chmod=u+x /a /b", "RUN chmod u+x FILE"),
        ("ADD --link a /b", "leave it out"),
    ],
)
def test_a_flag_that_only_buildkit_knows_is_said_to_be_one(text: str, advice: str) -> None:
    """A student whose own Docker builds it is told what to write instead."""
    (found,) = refusals("FROM python:3.7\nFROM python:3.7\n" + text + "\n")

    assert (found.line, found.rule) == (3, "copy-flag")
    assert "BuildKit" in found.reason
    assert advice in found.reason
    assert rules(re.sub(r"--(chmod|link)\S*", "--chown=1:1", text).replace("--from=0 ", "")) == []
