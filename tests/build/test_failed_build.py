"""What is said of a build that failed, and which line of the Dockerfile it had reached."""

import pytest

from grader.build.dockerfile.parser import parse
from grader.build.failed_build import failed_line, failure
from grader.engine.protocol import BuildRecord

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

    assert failed_line(log, parse(TWO_STAGES)) == line


@pytest.mark.parametrize(
    "log", ["", "Step 9/8 : X", "Step 0/8 : X", "Step 3/4 : X", " Step 3/8 : "]
)
def test_what_is_no_step_of_this_file_names_no_line(log: str) -> None:
    """A step may print what looks like one."""
    assert failed_line(log, parse(TWO_STAGES)) is None


@pytest.mark.parametrize(
    ("command", "log", "told"),
    [
        ("pip install requests", "", True),
        ("apt-get update && apt-get install -y curl", "", True),
        ("python3 get.py", "urllib.error.URLError: Temporary failure in name resolution", True),
        ("python3 -m compileall pip.py", "SyntaxError", False),
        ("false", "", False),
    ],
)
def test_who_downloads_something_is_told_that_there_is_no_network(
    command: str, log: str, *, told: bool
) -> None:
    """The engine's words say no more than that the command failed."""
    error = f"The command '/bin/sh -c {command}' returned a non-zero code: 1"
    record = BuildRecord(image_id=None, error=error, code=1, log=log)

    seen = failure(record, "Dockerfile", None)

    assert command in seen.why
    assert ("Builds have no network" in seen.hint) is told
