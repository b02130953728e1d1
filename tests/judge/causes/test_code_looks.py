"""Causes in programs of the student's own: errors that are caught, files that are kept."""

import pytest

from grader.facts import WrittenInstruction
from tests.judge.causes.said import found

_LINES = (
    WrittenInstruction.model_validate(
        {"name": "COPY", "text": "client.py .", "form": "shell", "line": 3}
    ),
)


def _told(cause: str, check: str, reason: str, program: str) -> int | None:
    seen = found(
        cause,
        check,
        reason,
        name="07-final-lab",
        sources={"client.py": program},
        lines=_LINES,
    )
    return seen.line if seen else None


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("    sys.exit()", 3),
        ("    sys.exit(0)", 3),
        ("    print(error)", 3),
        ("    print(error)\n    sys.exit(1)", None),
        ('    sys.exit("no answer")', None),
        ("    raise", None),
        ("    print(error)\nsys.exit(0)", None),
    ],
)
def test_an_error_after_which_all_is_well_is_named(body: str, line: int | None) -> None:
    """By the `except` itself; where another line ends the program with 0, it is not that."""
    program = f"try:\n    ask()\nexcept OSError as error:\n{body}\n"

    assert _told("errors-caught", "no-service", "It ended with exit code 0.", program) == line


@pytest.mark.parametrize(("lines", "seen"), [("1 line", True), ("6 lines", False)])
def test_a_line_break_is_missing_where_all_is_one_line(lines: str, *, seen: bool) -> None:
    """More lines than answers are no missing break."""
    reason = f"answers.txt: it has {lines} after 3 runs."
    program = "file.write(answer)\n"

    assert (_told("line-break-missing", "three-lines", reason, program) is not None) == seen


@pytest.mark.parametrize(
    ("program", "line"),
    [
        ('answer = ask()\nprint("ok")\n', 2),
        ("answer = ask()\nprint(answer)\n", None),
        ('answer = ask()\nprint("got %s" % answer)\n', None),
    ],
)
def test_a_program_that_prints_only_words_of_its_own_is_named(
    program: str, line: int | None
) -> None:
    """A print with a variable in it may be the answer."""
    reason = "It never printed «a». The last it printed was: ok"

    assert _told("answer-not-printed", "client-answers", reason, program) == line
