"""What is odd in a Dockerfile that is built all the same; it is reported and costs nothing."""

import json
from collections.abc import Iterator

from grader.build.dockerfile.characters import shown
from grader.build.dockerfile.parsed import Dockerfile, Instruction


def remarks(dockerfile: Dockerfile) -> tuple[str, ...]:
    """Return one sentence for each odd thing, in the order of the lines, for the student."""
    return tuple(
        f"line {entry.line}: {text}"
        for entry in dockerfile.instructions
        for text in _remarks(entry)
    )


def _remarks(instruction: Instruction) -> Iterator[str]:
    if tail := after_list(instruction):
        yield (
            f'after the list in [...] stands "{shown(tail)}". The builder that is used here passes '
            "over it; newer ones take the whole line for shell form. End the line after ]."
        )
    if instruction.name == "ONBUILD":
        yield "ONBUILD does nothing here: it waits until somebody builds on top of this image."
    if instruction.name == "FROM" and instruction.flags:
        yield (
            f'"{shown(instruction.flags[0])}" was passed over: the image was built for the '
            "processor of the machine that grades."
        )


def after_list(instruction: Instruction) -> str:
    """Return what stands after a list in [...], empty where there is no list or nothing after it.

    Docker before 27.1 decodes the list and ignores the rest; since then the rest makes the whole
    line a command in shell form.
    """
    if instruction.form != "exec" or instruction.name == "ONBUILD":
        return ""
    text = instruction.text
    if instruction.name == "HEALTHCHECK":
        text = text[text.index("[") :]
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return text[error.pos :]
    return ""
