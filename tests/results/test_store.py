"""Results on disk: whole or not there."""

from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.core.files import write_text
from grader.results.store import read_facts, stored, write_facts
from tests.conftest import ROOT


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    """A reader never sees half a file."""
    path = tmp_path / "a" / "result.json"
    write_text(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new \ud800")

    assert path.read_text() == "old"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", ["", "[]", "null", "{", '{"format": "grader/facts/v2"}', "\x00"]
)
def test_a_file_that_holds_no_facts_is_one_clear_message(tmp_path: Path, content: str) -> None:
    """Torn, foreign and newer files are all told apart from an engine's failure."""
    path = tmp_path / "facts.json"
    path.write_text(content)

    with pytest.raises(UsageError, match="Grade the submission again"):
        read_facts(path)


def test_only_folders_with_facts_count(tmp_path: Path) -> None:
    """Whatever else lies in RESULTS is left alone."""
    write_text(tmp_path / "bob" / "facts.json", "{}")
    write_text(tmp_path / "alice" / "facts.json", "{}")
    write_text(tmp_path / "other" / "notes.txt", "")

    assert [path.name for path in stored(tmp_path)] == ["alice", "bob"]


def test_facts_name_their_format_as_ever_and_are_read_with_either_word(tmp_path: Path) -> None:
    """Results say `schema` and facts `format`: either word is understood in facts."""
    text = (ROOT / "tests" / "recorded" / "model.json").read_text()
    as_ever, other = tmp_path / "facts.json", tmp_path / "other.json"
    as_ever.write_text(text)
    other.write_text(text.replace('"format"', '"schema"', 1))

    write_facts(as_ever, read_facts(as_ever))

    assert as_ever.read_text().startswith('{\n "format": "grader/facts/v1"')
    assert read_facts(other) == read_facts(as_ever)
