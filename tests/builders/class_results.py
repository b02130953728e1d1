"""Makes classes of results: students of different strength, checks of different difficulty."""

import math
import random
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path

from grader.facts import EngineFacts, LabFacts, SubmissionFacts
from grader.judge.check_kinds import PARAMS
from grader.result import (
    BaseRef,
    CheckResult,
    GradeStatus,
    Provenance,
    Result,
    SectionResult,
    Status,
    SubmissionRef,
)
from grader.results import store
from grader.spec import catalog
from grader.spec.assignment import Assignment, Check
from tests.builders.sections import section_of

LABS: tuple[Assignment, ...] = catalog.load_assignments(catalog.folder("assignments"), PARAMS)
HOSTILE_IDS = (
    "<script>alert(1)<\\script>",
    '"><img src=x onerror=alert(1)>',
    "=cmd|' C calc'!A0",
    "@SUM(1+1)*cmd",
    "\u202egnp.exe",
    "a b#c?d%2e&e",
    "..%2f..%2fetc",
    "javascript:alert(1)",
    "naïve-☃-名前",
    "-rf",
    "{{7*7}}",
    "x" * 200,
)


def make_result(
    who: str,
    seed: int,
    labs: Sequence[Assignment] = LABS,
    *,
    absent: Sequence[str] = (),
    broken: bool = False,
    manual: bool = False,
) -> Result:
    """Return a result that could have been: followers of a failed check are skipped."""
    chance = random.Random(seed)  # noqa: S311
    strength = chance.gauss(0.8, 1.0)
    sections = tuple(
        _section(lab, who, chance, strength, lab.id in absent, broken=broken, manual=manual)
        for lab in labs
    )
    statuses = {check.status for section in sections for check in section.checks}
    flagged = any(check.flags for section in sections for check in section.checks)
    review = flagged or Status.MANUAL in statuses
    return Result(
        submission=SubmissionRef(id=who, digest=f"{seed:064x}"),
        status=GradeStatus.NOT_GRADED
        if broken
        else GradeStatus.NEEDS_REVIEW
        if review
        else GradeStatus.GRADED,
        score=sum(section.score for section in sections),
        max_score=sum(section.max_score for section in sections),
        pending=sum(section.pending for section in sections),
        sections=sections,
        provenance=Provenance(
            grader="0.1.0",
            spec=" ".join(f"{lab.id}@{lab.digest[:12]}" for lab in labs),
            engine="Docker Engine 20.10.24 (API 1.41)",
            bases={"python:3.7": BaseRef(id="sha256:" + "a" * 64, standin=True)},
            graded_at=f"2026-11-23T19:{seed % 60:02}:31Z",
            seconds=round(chance.uniform(10, 40), 3),
        ),
    )


def random_word(who: str, lab: Assignment) -> str:
    """Return the word that this student's run of a lab used."""
    return _word(who, lab.id)


@lru_cache(maxsize=256)  # each check of a student's lab asks for the same
def _word(who: str, lab: str) -> str:
    return "".join(random.Random(f"{who} {lab}").choices("abcdefghijklmnop", k=8))  # noqa: S311


@cache
def _hardness(lab: str, check: str) -> float:
    return random.Random(f"{lab} {check}").gauss(0, 1)  # noqa: S311


def _section(
    lab: Assignment,
    who: str,
    chance: random.Random,
    strength: float,
    absent: bool,
    *,
    broken: bool,
    manual: bool,
) -> SectionResult:
    done: dict[str, CheckResult] = {}
    for number, check in enumerate(lab.checks):
        hard = _hardness(lab.id, check.id)
        if absent:
            status = Status.FAILED
        elif broken and number == 0:
            status = Status.ERROR
        elif manual and number == len(lab.checks) - 1:
            status = Status.MANUAL
        else:
            passes = chance.random() < 1 / (1 + math.exp(-1.7 * (strength - hard)))
            status = Status.PASSED if passes else Status.FAILED
        causes = [name for name in check.after if done[name].status is not Status.PASSED]
        if causes and not absent and status is not Status.MANUAL:
            status = Status.ERROR if done[causes[0]].status is Status.ERROR else Status.SKIPPED
        done[check.id] = _check(lab, check, who, status, chance, absent=absent)
    return section_of(lab.id, lab.title, tuple(done.values()))


def _check(
    lab: Assignment, check: Check, who: str, status: Status, chance: random.Random, *, absent: bool
) -> CheckResult:
    waits = status is Status.MANUAL
    reasons = {
        Status.PASSED: "As it should be.",
        Status.FAILED: f"It had to be killed after {chance.uniform(2, 9):.1f} s (exit code 137): "
        f"the word {random_word(who, lab)} is missing",
        Status.SKIPPED: "Not looked at: something has to be right first.",
        Status.MANUAL: "A person marks this.",
        Status.ERROR: "The engine did not answer within 60 s.",
    }
    flagged = status is Status.PASSED and chance.random() < 0.01
    return CheckResult(
        id=check.id,
        title=check.title,
        part=lab.parts[check.part],
        status=status,
        score=check.points if status is Status.PASSED else 0,
        max_score=0 if waits else check.points,
        pending=check.points if waits else 0,
        reason="was not submitted" if absent else reasons[status],
        expected="",
        actual="",
        hint="",
        reproduce="" if absent else "docker build .",
        flags=("the image sets PYTHONPATH, which changes what Python loads",) if flagged else (),
    )


def make_class(size: int, labs: Sequence[Assignment] = LABS) -> Iterator[Result]:
    """Yield results with all that a class has: absent, broken, waiting, and hostile names."""
    for number in range(size):
        who = f"student-{number:04}"
        if number and number % 10 == 0 and number // 10 <= len(HOSTILE_IDS):
            who = HOSTILE_IDS[number // 10 - 1]
        yield make_result(
            who,
            number,
            labs,
            absent=[labs[-1].id] if number % 8 == 3 else (),
            broken=number % 40 == 7,
            manual=number % 5 == 4,
        )


def folder_name(number: int, who: str) -> str:
    """Return the name of a submission's folder, and so its id, in the order of the class."""
    return f"{number:04} {who}"


def write_class(results: Path, found: Iterable[Result]) -> None:
    """Write result.json files as the class run does; the ids are numbered for their order."""
    for number, result in enumerate(found):
        name = folder_name(number, result.submission.id)
        submission = result.submission.model_copy(update={"id": name})
        own = result.model_copy(update={"submission": submission})
        facts = facts_of(result).model_copy(update={"submission": name})
        # Without the fsync of write_text: a test makes a thousand of them.
        folder = results / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / store.RESULT).write_text(own.to_json(), encoding="utf-8")
        (folder / store.FACTS).write_text(facts.model_dump_json(), encoding="utf-8")


def facts_of(result: Result) -> SubmissionFacts:
    """Return facts with nothing in them but the words and seconds of each lab."""
    who = result.submission.id
    seconds = result.provenance.seconds
    known = {lab.id: lab for lab in LABS}
    return SubmissionFacts(
        submission=who,
        digest=result.submission.digest,
        grader=result.provenance.grader,
        engine=EngineFacts(name="Docker Engine", version="20.10.24", api="1.41", local=True),
        graded_at=result.provenance.graded_at,
        seconds=seconds,
        labs=tuple(
            LabFacts(
                lab=section.id,
                words={"first": random_word(who, known[section.id])},
                bases={},
                images={},
                observations={},
                seconds=seconds / len(result.sections),
            )
            for section in result.sections
        ),
    )
