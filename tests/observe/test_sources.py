"""Which of a student's files are kept as text, and how much of them."""

from grader.observe.sources import MOST_BYTES, MOST_FILES, observe_sources
from grader.spec.assignment import Assignment
from grader.submission.snapshot import LabFiles


def _names(lab: Assignment, files: dict[str, bytes]) -> list[str]:
    return list(observe_sources(lab, LabFiles(files)))


def test_what_a_person_wrote_is_kept_as_it_was_written(lab: Assignment) -> None:
    """Line ends and marks included; what is no UTF-8 has a replacement character."""
    files = {"Dockerfile-exec": b"\xef\xbb\xbfFROM a\r\n", "run.sh": b"echo \xfc\n"}

    assert observe_sources(lab, LabFiles(files)) == {
        "Dockerfile-exec": "\ufeffFROM a\r\n",
        "run.sh": "echo \ufffd\n",
    }


def test_what_was_given_notebooks_and_what_is_no_text_are_left_out(lab: Assignment) -> None:
    """A given file that was changed is the student's own."""
    given = dict(lab.provided)
    files = {**given, "answers.ipynb": b"{}", "picture": b"\0\1"}

    assert _names(lab, files) == []
    assert _names(lab, {**files, "main.py": b"print(1)\n"}) == ["main.py"]


def test_what_is_asked_for_comes_first_and_a_heap_is_bounded(lab: Assignment) -> None:
    """No heap of other files takes its place."""
    heap = {f"a{number:03}": b"x" for number in range(100)}
    names = _names(lab, {**heap, "Dockerfile-shell": b"FROM a\n", "big": b"x" * (MOST_BYTES + 1)})

    assert names[0] == "Dockerfile-shell"
    assert len(names) == MOST_FILES
    assert "big" not in names
