"""What the grader notes about its own work: where log lines go, and what each says of its place.

Modules log with `logging.getLogger(__name__)`. Nothing is shown unless `listen` was called; the
last lines are remembered all the same, for a report on a failure of the grader itself.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from pathlib import Path
from types import MappingProxyType
from typing import ParamSpec, TypeVar

from grader.core.text import visible

REMEMBERED = 2000  # lines kept in memory
_LONGEST = 2000  # characters of a message; a build's output is longer, and not ours to keep
_LEVELS = (logging.WARNING, logging.INFO, logging.DEBUG)  # by how often -v was given
_NOTHING: Mapping[str, str] = MappingProxyType({})
_where: ContextVar[Mapping[str, str]] = ContextVar("where", default=_NOTHING)

P = ParamSpec("P")
T = TypeVar("T")


@contextmanager
def working_on(**where: object) -> Iterator[None]:
    """Name what is worked on, such as `run`, `submission`, `lab`, `observation` or `attempt`.

    Every line logged in the block says it, also what functions called from it log.
    """
    before = _where.set({**_where.get(), **{name: str(value) for name, value in where.items()}})
    try:
        yield
    finally:
        _where.reset(before)


def carrying(function: Callable[P, T]) -> Callable[P, T]:
    """Return a function for another thread that logs what is worked on in this one now.

    A thread pool's workers know nothing of it by themselves: `pool.submit(carrying(work), ...)`.
    It may be called several times, also at once.
    """
    here = copy_context()

    def carried(*args: P.args, **kwargs: P.kwargs) -> T:
        # A context can be entered once at a time, so each call gets its own copy.
        return here.copy().run(function, *args, **kwargs)

    return carried


def short(identifier: str) -> str:
    """Return the first 12 characters of an image's or a container's id, as `docker ps` does."""
    return identifier.removeprefix("sha256:")[:12]


class SafeFormatter(logging.Formatter):
    """One line for a record: when, how bad, in which module, about what, and the message.

    Names and texts of students stand in messages and tracebacks. Whatever a terminal would not
    show as it is comes as an escape, a newline too, so that no text can pass for another line.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and below it the traceback if there is one, each line marked `|`."""
        where = " ".join(f"{name}={value}" for name, value in _where.get().items())
        at = f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03d}"
        module = record.name.removeprefix("grader.")
        message = record.getMessage()
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]} [{len(message) - _LONGEST} more characters]"
        line = visible(f"{at} {record.levelname} {module} [{where}] {message}")
        if record.exc_info:
            trace = self.formatException(record.exc_info).splitlines()
            line += "".join(f"\n  | {visible(row)}" for row in trace)
        return line


class _LastLines(logging.Handler):
    """Remembers the last lines, each with the submission that it is about ("" for none)."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(SafeFormatter())
        self.lines: deque[tuple[str, str]] = deque(maxlen=REMEMBERED)

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((_where.get().get("submission", ""), self.format(record)))


_grader = logging.getLogger("grader")
_last = _LastLines()


def begin() -> None:
    """Remember what is logged from here on, and show nothing of it yet."""
    _last.lines.clear()
    _grader.addHandler(_last)
    _grader.setLevel(logging.DEBUG)


def end() -> None:
    """Close what `listen` opened; `last_lines` keeps what it has."""
    for handler in list(_grader.handlers):
        _grader.removeHandler(handler)
        handler.close()
    _grader.setLevel(logging.NOTSET)


def listen(*, verbosity: int = 0, file: Path | None = None) -> None:
    """Show log lines on stderr (verbosity 1: what happens; 2: in detail), and add all to `file`.

    Raises OSError where the file cannot be written.
    """
    if file is not None:
        _add(logging.FileHandler(file, encoding="utf-8", errors="backslashreplace"), logging.DEBUG)
    if verbosity:
        _add(logging.StreamHandler(), _LEVELS[min(verbosity, len(_LEVELS) - 1)])


def log_file() -> Path | None:
    """Return the file that `listen` adds lines to, if it was given one."""
    files = [handler for handler in _grader.handlers if isinstance(handler, logging.FileHandler)]
    return Path(files[0].baseFilename) if files else None


def last_lines(submission: str | None = None) -> str:
    """Return the last lines logged, at most `REMEMBERED`; only those about a submission if given.

    A line about no submission is about all of them.
    """
    kept = [line for about, line in list(_last.lines) if submission in {None, about} or not about]
    return "".join(f"{line}\n" for line in kept)


def _add(handler: logging.Handler, level: int) -> None:
    handler.setLevel(level)
    handler.setFormatter(SafeFormatter())
    _grader.addHandler(handler)
    _grader.setLevel(logging.DEBUG)  # each handler takes what it wants
