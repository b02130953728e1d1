"""Pages of causes: docs/causes.md is made of the same rows as the reports."""

import re
import subprocess

import pytest

from grader.judge.causes import all_ids, all_pages, page_of
from grader.judge.causes.all_causes import CAUSES
from grader.judge.causes.cause import Cause
from tests.conftest import ROOT

PAGE = ROOT / "docs" / "causes.md"


def test_the_document_is_made_of_the_rows(pytestconfig: pytest.Config) -> None:
    """`--renew-golden` writes it anew."""
    if pytestconfig.getoption("renew_golden"):
        PAGE.write_text(all_pages(), encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == all_pages()


def test_ids_and_titles_are_one_of_a_kind() -> None:
    """An id is typed and stands in links; a title is what a reader meets first."""
    ids = [name for name, _ in all_ids()]
    titles = [title for _, title in all_ids()]

    assert len(set(ids)) == len(ids)
    assert len(set(titles)) == len(titles)
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in ids)
    assert not any(title.endswith(".") for title in titles)


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.id)
def test_a_row_says_all_that_a_page_needs(cause: Cause) -> None:
    """The idea, where to look, an example that a shell can read, and something to read."""
    assert cause.why.endswith((".", "?"))
    assert cause.direction.endswith((".", "?"))
    assert cause.read
    assert all(link.startswith("https://") for link in cause.read)
    assert cause.kinds
    read = subprocess.run(
        ["bash", "-n"], input=cause.example, text=True, capture_output=True, check=False
    )
    assert read.returncode == 0, read.stderr


def test_no_cause_has_no_page() -> None:
    """Results of another grader may name one."""
    assert page_of("no-such-cause") is None
