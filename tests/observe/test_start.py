"""The start of a container: what stands in its process table before and after a program."""

import pytest

from grader.observe.start import _NO_PROGRAM


@pytest.mark.parametrize(
    ("args", "program"),
    [
        ("runc init", False),
        ("/usr/sbin/runc init", False),
        ("/proc/self/exe init", False),
        ("", False),  # as /proc shows one that has ended, or is being replaced at this moment
        ("[runc:[2:INIT]] <defunct>", False),  # as ps shows one that has ended
        ("python3 main.py", True),
        ("/bin/sh -c runc init", True),
        ("/usr/bin/[ a = a ]", True),
    ],
)
def test_a_program_is_told_from_what_stands_in_its_place(args: str, program: bool) -> None:
    """On a busy machine one that could not be executed may be seen after its end."""
    assert (not _NO_PROGRAM.fullmatch(args)) is program
