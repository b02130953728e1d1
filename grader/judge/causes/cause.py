"""What a cause is: one row for each misconception, and what its test looks at."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from grader.core.text import shorten
from grader.facts import ImageFacts, NotSeen, RunFacts, WrittenInstruction
from grader.facts.scripts import ScriptFacts
from grader.judge.check_kinds import KINDS
from grader.judge.context import JudgeContext
from grader.result import CheckResult
from grader.spec.assignment import Check
from grader.spec.scripts import ScriptSpec

# Kinds of checks that look at an image and start nothing: what keeps a container from running
# explains none of them.
STILL = frozenset({"builds", "declares", "env", "form", "instructions", "layer", "paths", "reused"})
ALL = frozenset(KINDS)
RUNNING = ALL - STILL
_MOST_OF_A_LINE = 1000  # characters


@dataclass(frozen=True, slots=True)
class Finding:
    """What of a submission shows a cause.

    `seen` is a sentence that stands alone; `line` is of `file`, which is the case's own where it is
    empty. `fits`: the evidence fits other causes as well; without it, the cause is proved. `checks`
    are the ids of those failed checks that it explains, all of the cause's kinds where it is empty.
    """

    seen: str
    line: int | None = None
    file: str = ""
    fits: bool = False
    checks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """The failed checks of one part that are about one image, or about one script.

    `subject` is that image's or observation's name, `failed` those checks with their results, in
    the order of the spec, and `part` the results of every check of the part by id.
    """

    context: JudgeContext
    subject: str
    failed: tuple[tuple[Check, CheckResult], ...]
    part: Mapping[str, CheckResult]

    @property
    def file(self) -> str:
        """Return the path of the Dockerfile or script that the case is about."""
        assignment = self.context.assignment
        if self.subject in assignment.images:
            return assignment.images[self.subject].dockerfile
        spec = assignment.observe[self.subject]
        return spec.file if isinstance(spec, ScriptSpec) else ""

    @property
    def program(self) -> str:
        """Return the name of the lab's provided program, empty for a lab without one."""
        return self.context.assignment.submission.program or ""

    @property
    def text(self) -> str:
        """Return the text of the file, empty in facts of an older grader."""
        return self.context.facts.sources.get(self.file, "")

    @property
    def image(self) -> ImageFacts | None:
        """Return the facts of the image, None where it was not built and for a script."""
        found = self.context.facts.images.get(self.subject)
        return found if isinstance(found, ImageFacts) else None

    @property
    def unbuilt(self) -> NotSeen | None:
        """Return why the image was not built, None where it was and for a script."""
        found = self.context.facts.images.get(self.subject)
        return found if isinstance(found, NotSeen) else None

    @property
    def script(self) -> ScriptFacts | None:
        """Return the facts of the script, None where it never ran and for an image."""
        found = self.context.facts.observations.get(self.subject)
        return found if isinstance(found, ScriptFacts) else None

    def runs(self) -> Iterator[RunFacts]:
        """Yield the runs of the image that the failed checks are about."""
        for check, _ in self.failed:
            for name in check.params.observations():
                found = self.context.facts.observations.get(name)
                if isinstance(found, RunFacts) and found.image == self.subject:
                    yield found

    def result(self, *kinds: str) -> CheckResult | None:
        """Return the first failed check of these kinds, None where all of them are well."""
        return next((result for check, result in self.failed if check.kind in kinds), None)

    def reasons(self, *kinds: str) -> str:
        """Return what was said of the failed checks of these kinds, or of all, and their output."""
        chosen = [r for check, r in self.failed if not kinds or check.kind in kinds]
        return "\n".join(dict.fromkeys(f"{result.reason}\n{result.evidence}" for result in chosen))

    def last(self, *names: str) -> WrittenInstruction | None:
        """Return the last of these instructions of the built image: it is the one that counts."""
        written = self.image.written if self.image else ()
        return next((entry for entry in reversed(written) if entry.name in names), None)

    def every(self, *names: str) -> tuple[WrittenInstruction, ...]:
        """Return these instructions of the built image, in the order of the file."""
        return tuple(e for e in (self.image.written if self.image else ()) if e.name in names)

    def lines(self, pattern: str, flags: int = 0) -> Iterator[tuple[int, str]]:
        """Yield the lines of the file, counted from 1, in which a pattern is found; no comments."""
        for number, line in enumerate(self.text.split("\n"), 1):
            if not line.lstrip().startswith("#") and re.search(pattern, told(line), flags):
                yield number, line.strip()

    def line(self, pattern: str, flags: int = 0) -> tuple[int, str] | None:
        """Return the first of `lines`, None if there is none."""
        return next(self.lines(pattern, flags), None)

    def says(self, entry: WrittenInstruction) -> str:
        """Return where an instruction stands and what it says, as the begin of a sentence."""
        return self.quote(entry.line, f"{entry.name} {entry.text}")

    def quote(self, line: int, text: str) -> str:
        """Return where a line stands and what it says, as the begin of a sentence."""
        return quote(self.file, line, text)


def told(line: str) -> str:
    """Return as much of a line as patterns are looked for in: no person writes longer ones.

    Some patterns take the square of a line's length, or its third power.
    """
    return line[:_MOST_OF_A_LINE]


def quote(file: str, line: int, text: str) -> str:
    """Return where a line of a file stands and what it says, as the begin of a sentence."""
    return f"{file}, line {line}, says «{shorten(text, 120)}»"


Look = Callable[[Case], Finding | None]


@dataclass(frozen=True, slots=True)
class Cause:
    """One misconception.

    - `id`: what `grader explain` is given; `title`: the mistake in a few words.
    - `look`: finds it, a pure function; `kinds`: the kinds of checks it can be the reason of.
    - `why`: why it matters, in one or two sentences; `direction`: where to look, not the solution.
    - `example`: commands that show the idea by themselves, anywhere; `read`: pages about it.
    - `shows`: the command that shows it on the student's own work, IMAGE and FILE filled in, after
      the image was built; empty where the first check that it explains has one.
    """

    id: str
    title: str
    look: Look
    why: str
    direction: str
    example: str
    read: tuple[str, ...]
    kinds: frozenset[str] = ALL
    shows: str = ""
