"""One rule says which folder names are fit: whatever is imported can be graded."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.find_submissions import find_sources
from grader.core.errors import UsageError
from grader.importers.safe_names import bad_id, folder_name
from grader.results.folder_names import LONGEST, unfit_name


@given(st.text(max_size=300))
def test_what_an_import_calls_a_folder_can_be_graded(text: str) -> None:
    """Whatever a student's name or an id in another system is."""
    assert unfit_name(folder_name(text)) == ""
    assert not unfit_name(text) or bad_id(text)


@pytest.mark.parametrize("name", [" anna", "anna ", "anna.", "run.json", "GRADES.CSV", "a\\b"])
def test_an_import_refuses_what_grading_would(tmp_path: Path, name: str) -> None:
    """Before there is a folder that nobody can grade."""
    (tmp_path / "subs" / name).mkdir(parents=True)

    assert bad_id(name)
    with pytest.raises(UsageError, match="no submission's folder can be called that"):
        find_sources(tmp_path / "subs", tmp_path / "results", ())


def test_the_longest_name_leaves_room_for_what_comes_behind_it() -> None:
    """File systems take 255 bytes."""
    assert unfit_name("\u00fc" * (LONGEST // 2)) == ""
    assert "longer than 200 bytes" in unfit_name("\u00fc" * (LONGEST // 2 + 1))
