"""Recorded facts of the model of lab 04 in which one line of Dockerfile-exec is another one."""

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from grader.facts import Ended, ImageFacts, LabFacts, LogLine, RunFacts, SubmissionFacts
from grader.judge.check_kinds import PARAMS
from grader.judge.score import score_lab
from grader.spec.assignment import Assignment
from grader.spec.load import load_assignment
from tests.conftest import LAB, ROOT


class Line(NamedTuple):
    """An instruction by its name, and the whole line that takes its place."""

    name: str
    text: str


@cache
def _model() -> tuple[Assignment, LabFacts]:
    path = ROOT / "tests" / "recorded" / "model.json"
    facts = SubmissionFacts.model_validate_json(path.read_bytes())
    return load_assignment(ROOT / "assignments" / LAB, PARAMS), facts.labs[0]


def causes_of(
    line: Line,
    entrypoint: tuple[str, ...],
    got: tuple[str, ...] | None,
    *,
    sources: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the causes of Dockerfile-exec's failed checks by the checks' ids.

    `entrypoint` is what the image then has, `got` the arguments that arrive without words from
    docker run; None where the program does not even start.
    """
    lab, facts = _model()
    image = facts.images["exec"]
    assert isinstance(image, ImageFacts)
    text = line.text.partition(" ")[2]
    form = "exec" if text.endswith('"]') and not text.startswith("['") else "shell"
    if entrypoint[:2] == ("/bin/sh", "-c"):
        form = "shell"
    written = tuple(
        entry.model_copy(update={"text": text, "form": form}) if entry.name == line.name else entry
        for entry in image.written
    )
    changed = image.model_copy(update={"written": written, "entrypoint": entrypoint})
    runs = {
        name: _run(run, got) if isinstance(run, RunFacts) and run.image == "exec" else run
        for name, run in facts.observations.items()
    }
    varied = facts.model_copy(
        update={
            "images": {**facts.images, "exec": changed},
            "observations": runs,
            "sources": sources or {},
        }
    )
    section = score_lab(lab, varied)
    return {check.id: check.cause for check in section.checks if check.cause}


def _run(run: RunFacts, got: tuple[str, ...] | None) -> RunFacts:
    if got is None:
        ended = Ended(exit_code=127, oom_killed=False, error="", after=0.1)
        log = (LogLine(at=0.1, text="hello: 1: [python3,: not found"),)
        return run.model_copy(
            update={"processes": (), "program": None, "ended": ended, "log": log, "ready": False}
        )
    assert run.program is not None
    return run.model_copy(
        update={"program": run.program.model_copy(update={"arguments": got, "exact": True})}
    )
