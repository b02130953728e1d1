"""Every `grader …` that the documents show is a command with these options, as it is written."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from grader.cli.main import cli
from grader.release.starter import StarterFile
from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
README = DOCUMENTS[0].read_text(encoding="utf-8")
# A block of a shell or of a workflow, and what stands between backticks in a sentence.
_BLOCK = re.compile(r"^```(?:sh|yaml)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_QUOTED = re.compile(r"`((?:\./check|grader)(?: [^`]*)?)`")
_COMMAND = re.compile(r"(?:- )?(?:run: )?((?:\.venv/bin/)?grader|\./check)( .*)?")
_ROW = re.compile(r"^\| `grader (\w+)([^`]*)` \|(.*)\|$", re.MULTILINE)


def _context(name: str) -> tuple[click.Command, click.Context]:
    command = cli.get_command(click.Context(cli), name)
    assert command, f"there is no command {name}"
    return command, click.Context(command, info_name=name)


def _options(name: str) -> set[str]:
    command, context = _context(name)
    return {word for param in command.get_params(context) for word in param.opts}


def _can_be_typed(words: list[str]) -> None:
    """Assert that click takes it: options, choices, and all that is required."""
    command, context = _context(words[0])
    values, rest, _ = command.make_parser(context).parse_args(words[1:])
    assert not rest
    for param in command.params:
        value = values.get(param.name or "")
        if isinstance(param.type, click.Choice) and isinstance(value, str):
            param.type.convert(value, param, context)
        if param.required:
            assert value, f"{words}: {param.name} is missing"


def _is_known(words: list[str]) -> None:
    """Assert that a command that a sentence names is there, with the options named."""
    named = {word.split("=")[0] for word in words[1:] if word.startswith("--")}
    assert named <= _options(words[0]), words


def _blocks(text: str) -> Iterator[list[str]]:
    for block in _BLOCK.findall(text):
        for row in block.splitlines():
            found = _COMMAND.fullmatch(row.strip())
            if found:
                words = shlex.split(found[2] or "", comments=True)
                yield ["check", *words] if found[1] == "./check" else words


def _sentences(text: str) -> Iterator[list[str]]:
    for quoted in _QUOTED.findall(text):
        name, *words = shlex.split(quoted.replace("\\|", "|"))
        if name == "./check":
            yield ["check", *words]
        elif words:
            yield words


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_the_documents_can_be_typed(path: Path) -> None:
    """In blocks as they stand; in sentences what is named of them."""
    text = path.read_text(encoding="utf-8")

    for words in _blocks(text):
        _can_be_typed(words)
    for words in _sentences(text):
        _is_known(words)


def test_every_command_students_are_shown_can_be_typed(released: dict[str, StarterFile]) -> None:
    """In the starter's own README and the labs' texts."""
    texts = [e.content.decode() for name, e in released.items() if name.endswith("README.md")]
    found = [words for text in texts for words in (*_blocks(text), *_sentences(text))]

    assert ["check"] in found
    for words in found:
        _is_known(words)


def test_the_readme_lists_every_command_with_options_it_has() -> None:
    """One row for each, none for what is not there."""
    rows = _ROW.findall(README)

    assert {name for name, _, _ in rows} == set(cli.list_commands(click.Context(cli)))
    for name, usage, about in rows:
        named = set(re.findall(r"(?<![\w-])--[a-z0-9-]+", usage + about))
        assert named <= _options(name), name


def test_options_that_stand_alone_belong_to_some_command() -> None:
    """Or to another tool that the page is about."""
    commands = cli.list_commands(click.Context(cli))
    others = {"--yes", "--nthreads"}  # of script/grade, and of dask
    known = others.union(*map(_options, commands))
    for name in ("teachers", "students", "courses", "ci", "cluster", "authors"):
        text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
        named = set(re.findall(r"`(--[a-z0-9-]+)[^`]*`", text))
        assert named <= known, name


def test_contributing_lists_every_folder_and_every_dependency() -> None:
    """Each with what it is there for."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    first = re.findall(r"^\| (.*?) \|", text, re.MULTILINE)
    places = set(re.findall(r"`([\w/.]+/)`", "\n".join(first)))
    named = set(re.findall(r"[\w-]+", re.sub(r"\(.*?\)", "", "\n".join(first))))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = [project["dependencies"], *project["optional-dependencies"].values()]
    packages = {re.split(r"[^\w-]", entry)[0] for entries in wanted for entry in entries}

    assert {f"grader/{p.parent.name}/" for p in ROOT.glob("grader/*/__init__.py")} <= places
    assert packages <= named, packages - named
