"""Which line of a Dockerfile a build that failed had reached."""

import pytest

from grader.build import _failed_line
from grader.dockerfile.parser import parse

TWO_STAGES = """ARG TAG=3.7
FROM python:${TAG} AS one
# a comment
RUN true

FROM python:3.7
COPY a \\
     b
RUN false
"""


@pytest.mark.parametrize(
    ("step", "line"), [(1, 1), (2, 2), (3, 2), (4, 4), (5, 6), (6, 6), (7, 7), (8, 9)]
)
def test_steps_are_counted_with_the_label_after_each_from(step: int, line: int) -> None:
    """As the classic builder counts them."""
    log = "".join(f"Step {n}/8 : X\n ---> abc\n" for n in range(1, step + 1))

    assert _failed_line(log, parse(TWO_STAGES)) == line


@pytest.mark.parametrize(
    "log", ["", "Step 9/8 : X", "Step 0/8 : X", "Step 3/4 : X", " Step 3/8 : "]
)
def test_what_is_no_step_of_this_file_names_no_line(log: str) -> None:
    """A step may print what looks like one."""
    assert _failed_line(log, parse(TWO_STAGES)) is None
