"""What a Dockerfile is once it has been read."""

from dataclasses import dataclass
from typing import Literal

# What is read at all: more than anybody writes by hand, little enough for each later look at it.
MOST_BYTES = 64 * 1024
MOST_INSTRUCTIONS = 100

Form = Literal["exec", "shell"]
_NAMED_STAGE_WORDS = 3


class DockerfileSyntaxError(ValueError):
    """The text is no Dockerfile; `line` counts from 1 and `message` is written for a student."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True)
class Directive:
    """A parser directive such as `# escape=` at the top of the file; the name is lower case."""

    name: str
    value: str
    line: int


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `args` as Docker splits them, `text` as written after name and flags."""

    name: str
    line: int
    end_line: int
    flags: tuple[str, ...]
    args: tuple[str, ...]
    text: str
    form: Form
    heredocs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stage:
    """One build stage: its FROM, its name in lower case if it has one, and what follows."""

    index: int
    source: Instruction
    alias: str | None
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole file; `lines` are the lines as written, without their line feed."""

    directives: tuple[Directive, ...]
    instructions: tuple[Instruction, ...]
    escape: str
    lines: tuple[str, ...]
    size: int

    def global_args(self) -> tuple[Instruction, ...]:
        """Return the ARG instructions before the first FROM."""
        first = next(i for i, each in enumerate(self.instructions) if each.name == "FROM")
        return self.instructions[:first]

    def stages(self) -> tuple[Stage, ...]:
        """Return the build stages in the order of the file."""
        starts = [i for i, each in enumerate(self.instructions) if each.name == "FROM"]
        ends = [*starts[1:], len(self.instructions)]
        return tuple(
            Stage(
                index=index,
                source=self.instructions[start],
                alias=_alias(self.instructions[start].args),
                instructions=self.instructions[start + 1 : end],
            )
            for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        )


def _alias(args: tuple[str, ...]) -> str | None:
    named = len(args) == _NAMED_STAGE_WORDS and args[1].casefold() == "as"
    return args[2].lower() if named else None
