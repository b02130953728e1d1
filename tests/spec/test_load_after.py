"""A check waits for all that has to be right before it can say anything of its own."""

from pathlib import Path

import pytest

from grader.core.errors import SpecError
from grader.judge.check_kinds import PARAMS
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment
from tests.spec.test_load import SMALL

THIRD = """\
      - id: form
        title: its form
        points: 1
        after: AFTER
        form: {image: demo, is: exec}
"""


def _load(folder: Path, after: str) -> Assignment:
    folder = folder / "lab"
    folder.mkdir()
    (folder / "main.py").touch()
    text = SMALL.replace("points: 3", "points: 4") + THIRD.replace("AFTER", after)
    (folder / "assignment.yaml").write_text(text)
    return load_assignment(folder, PARAMS)


@pytest.mark.parametrize(
    ("after", "names"),
    [
        ("builds", ("builds",)),
        ("[builds]", ("builds",)),
        ("[argv, builds]", ("argv", "builds")),
        ("[]", ()),
    ],
)
def test_one_name_or_a_list_of_them(tmp_path: Path, after: str, names: tuple[str, ...]) -> None:
    """In the author's order: the first that did not pass is the one a report names."""
    assert _load(tmp_path, after).checks[2].after == names


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        ("[builds, agrv]", "'agrv' is not an earlier check's id; did you mean 'argv'?"),
        ("[builds, form]", "'form' is not an earlier check's id"),
        ("[builds, argv, builds]", "'builds' is named twice"),
        ("{builds: argv}", "after: input should be a valid array"),
        ("7", "after: input should be a valid array"),
        ("[[builds]]", "after.0: input should be a valid string"),
    ],
)
def test_a_name_that_is_none_is_told_with_its_line(
    tmp_path: Path, after: str, problem: str
) -> None:
    """The line of `after`, and the nearest right word."""
    with pytest.raises(SpecError) as caught:
        _load(tmp_path, after)

    place = f"{tmp_path / 'lab' / 'assignment.yaml'}:31: "
    assert [p for p in caught.value.problems if p.startswith(f"{place}{problem}")]
