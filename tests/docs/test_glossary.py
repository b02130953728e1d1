"""The glossary: one row for each word, in order, and each says where in the code it lives."""

import re

import pytest

from tests.conftest import ROOT

PAGE = ROOT / "docs" / "glossary.md"
_HEAD = "| word | what it is | where |\n|---|---|---|\n"
ROWS = re.findall(
    r"^\| (.*?) \| (.*?) \| (.*?) \|$", PAGE.read_text().split(_HEAD)[1], re.MULTILINE
)
WORDS = [word for word, _, _ in ROWS]


def test_every_row_of_the_table_is_read() -> None:
    """A row with another number of columns would be in no other test."""
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("|")]

    assert len(ROWS) == len(rows) - 2


def test_words_stand_in_order_and_once() -> None:
    """So that one is found, and has one meaning."""
    plain = [word.lower() for word in WORDS]

    assert plain == sorted(set(plain))


@pytest.mark.parametrize(("meaning", "where"), [row[1:] for row in ROWS], ids=WORDS)
def test_a_word_is_explained_and_lives_where_it_says(meaning: str, where: str) -> None:
    """The module that is linked to defines the name."""
    links = re.findall(r"\[`(\w+)`\]\(\.\./(grader/[\w/.]+)\)", where)

    assert meaning.endswith(".")
    assert links
    assert not re.sub(r"\[`\w+`\]\([^)]*\)(, )?", "", where)
    for name, path in links:
        text = (ROOT / path).read_text(encoding="utf-8")
        package = path.endswith("/__init__.py") and name == path.split("/")[-2]
        assert package or re.search(rf"^(?:class |def )?{name}\b", text, re.MULTILINE), name


@pytest.mark.parametrize("target", re.findall(r"\]\(([\w-]+\.md)", PAGE.read_text()))
def test_pages_it_names_are_there(target: str) -> None:
    """Beside it."""
    assert (PAGE.parent / target).is_file()
