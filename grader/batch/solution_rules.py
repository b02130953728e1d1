"""Whether a lab's solutions fit the lab: what tests would find out by grading them, and earlier.

A rubric is tried on solutions: the model gets full marks, each check is lost by some wrong one, and
right ones of another shape lose nothing. These rules look at files alone.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from grader.batch.solutions import EXPECTED
from grader.facts import AnswerFacts
from grader.spec.assignment import Assignment
from grader.spec.notebook.find_answers import read_answers
from grader.spec.public import NOTEBOOK, SPEC_FILE

LEAST_QUESTIONS = 5
_KEYS = frozenset({"about", "failed", "skipped", "flags"})
_ABSENT = ".absent"


@dataclass(frozen=True, slots=True)
class _Expectation:
    """An overlay's expect.yaml: the checks by how they end."""

    failed: tuple[str, ...]
    skipped: tuple[str, ...]
    flags: tuple[str, ...]


def solution_problems(lab: Assignment, folder: Path) -> list[str]:
    """Return what does not fit in the folder of a lab's solutions: `file:line: text` for each."""
    found = [*_questions(lab), *_model(lab, folder / "model")]
    about: dict[str, Path] = {}
    lost: set[str] = set()
    for kind in ("wrong", "right"):
        for overlay in sorted(path for path in (folder / kind).glob("*") if path.is_dir()):
            want, problems = _expectation(lab, overlay, about)
            found += [*problems, *_overlay(overlay, folder / "model")]
            found += _promise(lab, overlay / EXPECTED, want, wrong=kind == "wrong")
            lost |= {*want.failed, *want.skipped}
    return [*found, *_never_lost(lab, lost, folder)]


def _questions(lab: Assignment) -> Iterator[str]:
    spec = lab.folder / SPEC_FILE
    if len(lab.questions) < LEAST_QUESTIONS:
        yield (
            f"{spec}:1: asks {len(lab.questions)} questions; a lab asks {LEAST_QUESTIONS} at the "
            "least. Add some under `questions`"
        )
    elif all(question.kind != "free" for question in lab.questions):
        yield f"{spec}:1: has no question of kind `free`, in which students explain. Add one"


def _model(lab: Assignment, model: Path) -> Iterator[str]:
    if not model.is_dir():
        yield f"{model}:1: is not there; it holds the solution that gets full marks"
        return
    for name in lab.submission.files:
        if not (model / name).is_file():
            yield f"{model / name}:1: is not there, though the lab asks for {name}"
    if not lab.questions:
        return
    try:
        content = (model / NOTEBOOK).read_bytes()
    except OSError:
        yield f"{model / NOTEBOOK}:1: is not there; the model answers every question"
        return
    for question, answer in read_answers(lab.questions, content).items():
        if not isinstance(answer, AnswerFacts) or not answer.text:
            yield f"{model / NOTEBOOK}:1: does not answer '{question}'"


def _expectation(
    lab: Assignment, overlay: Path, about: dict[str, Path]
) -> tuple[_Expectation, list[str]]:
    """Read an overlay's expect.yaml; `about` are the sentences of the lab's other overlays."""
    path = overlay / EXPECTED
    empty = _Expectation((), (), ())
    try:
        text = path.read_text(encoding="utf-8")
        raw = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        return empty, [f"{path}:1: cannot be read ({error}); it says what the overlay is about"]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return empty, [f"{path}:{mark.line + 1 if mark else 1}: is no YAML; mend what stands there"]
    if not isinstance(raw, Mapping):
        return empty, [f"{path}:1: is no mapping; write `about:` and what it loses, `failed:`"]
    problems = [
        f"{path}:{_line(text, key)}: `{key}` is no key of it; there are {', '.join(sorted(_KEYS))}"
        for key in raw
        if key not in _KEYS
    ]
    problems += _about(path, raw.get("about"), about)
    parts: dict[str, tuple[str, ...]] = {}
    for key in ("failed", "skipped", "flags"):
        # `failed` may say words that a check's reason must hold: then it is a mapping.
        named = raw.get(key) or ()
        listed = isinstance(named, list | tuple) or (key == "failed" and isinstance(named, Mapping))
        parts[key] = tuple(map(str, named)) if listed else ()
        if not listed:
            problems.append(f"{path}:{_line(text, key)}: `{key}` is no list of checks; write one")
    known = {check.id for check in lab.checks}
    problems += [
        f"{path}:{_line(text, check)}: '{check}' is no check of {lab.id}; take its id from the spec"
        for part in parts.values()
        for check in part
        if check not in known
    ]
    return _Expectation(**parts), problems


def _about(path: Path, sentence: object, others: dict[str, Path]) -> list[str]:
    if not isinstance(sentence, str) or not sentence.endswith("."):
        return [f"{path}:1: `about` is no sentence that ends with a full stop; say what is odd"]
    same = others.setdefault(sentence, path)
    if same != path:
        return [f"{path}:1: says the same as {same.parent.name}; each overlay is one of its own"]
    return []


def _promise(lab: Assignment, path: Path, want: _Expectation, *, wrong: bool) -> Iterator[str]:
    """Yield what an overlay promises that the rubric cannot keep."""
    if wrong and not want.failed and not want.flags:
        yield f"{path}:1: loses no check and flags none; name under `failed` what it loses"
    if not wrong and (want.failed or want.skipped):
        yield f"{path}:1: loses checks; what is right loses none. Move the overlay to wrong/"
    after = {check.id: check.after for check in lab.checks}
    lost = {*want.failed, *want.skipped}
    for name in want.skipped:
        if name in after and not set(after[name]) & lost:
            named = ", ".join(after[name]) or "nothing"
            yield (
                f"{path}:1: '{name}' cannot be skipped: it stands after {named}, and none of that "
                "is lost here"
            )


def _overlay(overlay: Path, model: Path) -> Iterator[str]:
    """Yield what of an overlay changes nothing, or takes away what is not there."""
    files = [path for path in sorted(overlay.rglob("*")) if path.is_file()]
    changes = [path for path in files if path.name != EXPECTED]
    if all((model / path.relative_to(overlay)).is_file() for path in changes) and all(
        _same(path, model / path.relative_to(overlay)) for path in changes
    ):
        yield f"{overlay / EXPECTED}:1: changes nothing; an overlay changes a file of the model"
    for path in changes:
        place = model / path.relative_to(overlay)
        if path.suffix == _ABSENT and not place.with_suffix("").exists():
            yield f"{path}:1: takes away {place.stem}, which the model does not have"


def _same(one: Path, other: Path) -> bool:
    modes = [path.stat().st_mode & 0o111 for path in (one, other)]
    return modes[0] == modes[1] and one.read_bytes() == other.read_bytes()


def _never_lost(lab: Assignment, lost: set[str], folder: Path) -> Iterator[str]:
    spec = lab.folder / SPEC_FILE
    text = spec.read_text(encoding="utf-8")
    for check in lab.checks:
        if check.id not in lost:
            yield (
                f"{spec}:{_line(text, check.id)}: no wrong solution loses '{check.id}': it might "
                f"as well pass everything. Add one to {folder / 'wrong'}"
            )


def _line(text: str, word: str) -> int:
    """Return the first line on which a word stands by itself, 1 where none does."""
    found = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", text)
    return text.count("\n", 0, found.start()) + 1 if found else 1
