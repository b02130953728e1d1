"""What can go wrong, and whose business it is.

GraderError
├── UsageError            the command line, a path or a spec cannot be used: exit 2
│   ├── SpecError         one or more problems in assignment.yaml, each with its line
│   └── SubmissionError   a submission that cannot be read at all
└── EngineError           not the student's doing: exit 3, never a low score
    ├── EngineUnavailable no engine answers
    ├── EngineFault       one call failed or timed out: worth another try
    │   └── EngineAway    the connection broke, or none could be made: no try at all
    └── EngineRefusal     the engine said no to what was asked (HTTP 4xx): the caller knows why
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to load, and `grader --help` needs none of it
    from pydantic import ValidationError


class GraderError(Exception):
    """A message for a person: what was seen, what was expected, what to do next."""


class UsageError(GraderError):
    """The command line, a path or a spec cannot be used."""


class SubmissionError(UsageError):
    """The submission cannot be read at all."""


class SpecError(UsageError):
    """A spec has problems; `problems` holds one `file:line: text` for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class EngineError(GraderError):
    """The engine could not do its part."""


class EngineUnavailable(EngineError):  # noqa: N818 - a state, not a kind of error
    """No engine answers."""


class EngineFault(EngineError):  # noqa: N818
    """One call failed or took too long; a fresh try may succeed.

    `answered` says that the engine itself gave an error (HTTP 5xx) and no time ran out: such an
    error can be about what was asked of it, a time-out never shows that.
    """

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class EngineAway(EngineFault):
    """The connection to the engine broke, or none could be made."""


class EngineRefusal(EngineError):  # noqa: N818
    """The engine understood and said no."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


def first_problem(error: "ValidationError") -> str:
    """Return where a file of ours is not as it should be, and what is wrong there."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "the file"
    return f"{where}: {first['msg']}"
