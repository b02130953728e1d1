"""How a lab and what is done for it are called where there is room for a few words only."""

from grader.spec.assignment import Assignment
from grader.spec.scripts import ScriptSpec

# Seconds on a quiet machine of two processors, measured with `grader check --model --log`.
_USUAL = {"build": 2, "look": 1, "run": 5, "rebuild": 3, "scene": 15, "script": 15}
_DOING = {
    "build": "builds",
    "look": "looks into the image of",
    "run": "runs",
    "rebuild": "builds again",
    "scene": "plays",
    "script": "runs",
}


def lab_word(lab: str) -> str:
    """Return a lab's number, such as `05`; all of its id where it has none."""
    number = lab.split("-", 1)[0]
    return number if number.isdigit() else lab


def work_words(lab: Assignment, kind: str, name: str) -> tuple[str, int]:
    """Return what is under way, in a few words, and how many seconds that usually takes.

    `kind` is `build`, `look` or an observation's kind; `name` is that of the spec, and not said.
    """
    return f"{_DOING.get(kind, kind)} {_object(lab, kind, name)}", _USUAL.get(kind, 5)


def _object(lab: Assignment, kind: str, name: str) -> str:
    if kind in {"build", "look"}:
        return lab.images[name].dockerfile
    spec = lab.observe[name]
    if isinstance(spec, ScriptSpec):
        return spec.file
    if kind == "scene":
        parts = (c.part for c in lab.checks if any(n.of == name for n in c.params.needs()))
        return f"'{lab.parts[next(parts, next(iter(lab.parts)))]}'"
    return next((lab.images[image].dockerfile for image in spec.images()), name)
