"""Whether a lab's solutions fit the lab: what tests would find out by grading them, and earlier.

A rubric is tried on solutions: the model gets full marks, each check is lost by some wrong one, and
right ones of another shape lose nothing. These rules look at what was read, and at no disk.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from grader.batch.solutions import (
    EXPECTED,
    NO_CAUSE,
    Expected,
    Overlay,
    SolutionFile,
    Solutions,
    expected_of,
)
from grader.judge.causes import all_ids, cause_of
from grader.judge.spec_rules import check_places
from grader.spec.assignment import Assignment
from grader.spec.public import NOTEBOOK
from grader.spec.reader import Reader, did_you_mean

ABSENT = ".absent"
_NEAR = 0.8  # how alike a misspelt file name is: Dockerfile-excec, dockerfile-exec


def solution_problems(lab: Assignment, solutions: Solutions) -> list[str]:
    """Return what does not fit in a lab's overlays and its model's files: `file:line: text`."""
    found = [*_model(lab, solutions)]
    about: dict[str, str] = {}
    for overlay in solutions.overlays:
        found += [*overlay.problems, *_overlay(lab, overlay, solutions.model or {})]
        if overlay.expect:
            _expectation(overlay.expect, lab, overlay, about)
            found += overlay.expect.give_up().problems
    return found


def check_losses(reader: Reader, lab: Assignment, overlays: Iterable[Overlay]) -> None:
    """Note in the reader of a lab's spec which checks no wrong solution loses."""
    lost: set[str] = set()
    for overlay in overlays:
        want = overlay.wrong and overlay.expect and expected_of(overlay.expect)
        lost |= {*want.failed, *want.skipped} if want else set()
    for at, check in zip(check_places(reader), lab.checks, strict=True):
        if check.id not in lost:
            text = f"no wrong solution loses '{check.id}', so it might pass everything. Add one"
            reader.problem(at, f"{text} to solutions/{lab.id}/wrong/")


def _model(lab: Assignment, solutions: Solutions) -> Iterator[str]:
    path, model = solutions.folder / "model", solutions.model
    if model is None:
        yield f"{path}:1: is not there; it holds the solution that gets full marks"
        return
    for name in lab.submission.files:
        if name not in model:
            yield f"{path / name}:1: is not there, though the lab asks for {name}"
    if lab.questions and NOTEBOOK not in model:
        yield f"{path / NOTEBOOK}:1: is not there; the model answers every question"


def _expectation(reader: Reader, lab: Assignment, overlay: Overlay, about: dict[str, str]) -> None:
    """Note what is wrong with an expect.yaml; `about` are the sentences of the overlays before."""
    want = expected_of(reader)
    if want is None:
        return
    if not want.about.endswith("."):
        reader.problem(("about",), "`about` is no sentence that ends with a full stop")
    same = about.setdefault(want.about, overlay.path.name)
    if same != overlay.path.name:
        text = f"says the same as {same}; each overlay is about something of its own"
        reader.problem(("about",), text)
    checks = [check.id for check in lab.checks]
    for key, names in (("failed", want.failed), ("skipped", want.skipped), ("flags", want.flags)):
        for name in names:
            if name not in checks:
                text = f"'{name}' is no check of {lab.id}{did_you_mean(name, checks)}"
                reader.problem((key, name), text)
    if overlay.wrong and want.failed and not want.cause:
        text = "say which one its report has to name first, or `cause: none` where its hint will do"
        reader.problem((), f"names no `cause`; {text}")
    if want.cause not in ("", NO_CAUSE) and cause_of(want.cause) is None:
        ids = [name for name, _ in all_ids()]
        reader.problem(("cause",), f"'{want.cause}' is no cause{did_you_mean(want.cause, ids)}")
    _promise(reader, lab, overlay, want)


def _promise(reader: Reader, lab: Assignment, overlay: Overlay, want: Expected) -> None:
    """Note what an overlay promises that the rubric cannot keep."""
    if overlay.wrong and not want.failed and not want.flags:
        text = "loses no check and flags none; name under `failed` what it loses"
        reader.problem((), text)
    if not overlay.wrong and (want.failed or want.skipped):
        reader.problem((), "loses checks; what is right loses none. Move the overlay to wrong/")
    after = {check.id: check.after for check in lab.checks}
    lost = {*want.failed, *want.skipped}
    for name in sorted(want.skipped & after.keys()):
        if not lost & {*after[name]}:
            named = ", ".join(after[name]) or "nothing"
            text = f"'{name}' cannot be skipped: it waits for {named}, and none of that is lost"
            reader.problem(("skipped",), f"{text} here")
    # One that can pass only by what was done is judged by what there is, and may fail by that.
    waits = {check.id for check in lab.checks if not check.params.shows()}
    for name in sorted(want.failed.keys() & waits):
        if stop := sorted(lost & {*after[name]}):
            text = f"'{name}' cannot fail: it waits for {stop[0]}, which is lost here, so it is"
            reader.problem(("failed", name), f"{text} skipped. Name it under `skipped`")


def _overlay(lab: Assignment, overlay: Overlay, model: Mapping[str, SolutionFile]) -> Iterator[str]:
    """Yield what of an overlay changes nothing that is looked at."""
    place, files = overlay.path, overlay.files
    known = {*lab.submission.files, *model}
    for name in files:
        taken = name.removesuffix(ABSENT)
        if name.endswith(ABSENT) and not _is_there(taken, model):
            yield f"{place / name}:1: takes away {taken}, which the model does not have"
    if all(model.get(name) == file for name, file in files.items()):
        yield f"{place / EXPECTED}:1: changes nothing; an overlay changes a file of the model"
    unknown = [name for name in files if _is_unknown(name, overlay, model, known)]
    for name in unknown:
        near = get_close_matches(name, known, n=1, cutoff=_NEAR)
        if near and f"{near[0]}{ABSENT}" not in files:
            yield f"{place / name}:1: nothing of the lab has that name; did you mean '{near[0]}'?"
        elif len(unknown) == len(files):
            yield f"{place / name}:1: neither the lab nor another file of the solution names it"


def _is_there(name: str, model: Mapping[str, SolutionFile]) -> bool:
    return name in model or any(path.startswith(f"{name}/") for path in model)


def _is_unknown(
    name: str, overlay: Overlay, model: Mapping[str, SolutionFile], known: set[str]
) -> bool:
    """Return whether a file is neither asked for nor named in another file of the solution."""
    if name in known or name.startswith(".") or name.endswith(ABSENT):
        return False
    files = {**model, **overlay.files}
    words = [part.encode() for part in name.split("/")]
    return not any(
        word in file.content for other, file in files.items() if other != name for word in words
    )
