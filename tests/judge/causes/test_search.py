"""Causes in recorded facts: each failed check is explained once, and what only fits is said so."""

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.facts import ImageFacts, LabFacts, SubmissionFacts, WrittenInstruction
from grader.judge.causes import all_causes, find_causes
from grader.judge.causes.cause import Cause, Finding
from grader.judge.check_kinds import PARAMS
from grader.judge.context import JudgeContext
from grader.judge.score import score_lab, score_submission
from grader.result import SectionResult, Status
from grader.spec import catalog
from grader.spec.assignment import Assignment
from tests.conftest import ROOT

RECORDED = ROOT / "tests" / "recorded"
RECORDINGS = ("model", "mixed", "02-installation", "03-post-install", "05-volumes", "07-final-lab")


@cache
def _lab(name: str) -> tuple[Assignment, LabFacts]:
    """Return a recorded lab without its questions, and its facts."""
    facts = SubmissionFacts.model_validate_json((RECORDED / f"{name}.json").read_bytes()).labs[0]
    (lab,) = catalog.load_assignments(ROOT / "assignments", PARAMS, [facts.lab])
    return replace(lab, questions=()), facts


def _section(name: str, labs: tuple[Assignment, ...]) -> SectionResult:
    facts = SubmissionFacts.model_validate_json((RECORDED / f"{name}.json").read_bytes())
    (section,) = score_submission(facts, labs).sections
    return section


def _recorded(lab: Assignment) -> SectionResult:
    facts = SubmissionFacts.model_validate_json((RECORDED / "mixed.json").read_bytes())
    return score_lab(lab, facts.labs[0])


def test_what_is_right_is_told_nothing(labs: tuple[Assignment, ...]) -> None:
    """Not one cause without a check that failed."""
    section = _section("model", labs)

    assert section.causes == ()
    assert {check.cause for check in section.checks} == {""}


def test_a_failed_check_is_explained_once(labs: tuple[Assignment, ...]) -> None:
    """Its own hint gives way to the cause, which stands in the check's own part."""
    section = _section("mixed", labs)
    by_id = {check.id: check for check in section.checks}

    assert section.causes
    explained = [name for cause in section.causes for name in cause.explains]
    assert len(set(explained)) == len(explained)
    for cause in section.causes:
        for name in cause.explains:
            assert by_id[name].status is Status.FAILED
            assert by_id[name].cause == cause.id
            assert by_id[name].part == cause.part
            assert by_id[name].hint == ""


def test_what_fits_two_causes_is_told_as_either_or(
    lab: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what is proved takes the place of what only fits."""
    rows = all_causes.CAUSES[:3]
    fits, proved = Finding("It fits.", fits=True), Finding("It is proved.")

    def told(*findings: Finding) -> list[tuple[str, bool]]:
        def saying(row: Cause, finding: Finding) -> Cause:
            return replace(row, look=lambda _: finding)

        chosen = tuple(map(saying, rows, findings))
        monkeypatch.setattr("grader.judge.causes.search.CAUSES", chosen)
        causes = _recorded(lab).causes
        return [(c.id, c.either) for c in causes if c.part == causes[0].part]

    first, second, third = (row.id for row in rows)
    assert told(fits, fits) == [(first, False), (second, True)]
    assert told(fits, fits, proved) == [(third, False)]
    assert told(proved, fits) == [(first, False)]


def test_no_look_fails_on_facts_of_an_older_grader(lab: Assignment) -> None:
    """They hold no source lines: fewer causes, and no error."""
    facts = SubmissionFacts.model_validate_json((RECORDED / "mixed.json").read_bytes()).labs[0]
    bare = facts.model_copy(update={"sources": {}})

    assert score_lab(lab, bare).checks


TEXT = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="[]\"'$@*&|;<>{}()\\\\/ \n\r=#-", max_size=30),
    st.sampled_from(
        ["COPY [] ", "exec sh -c", "python3 main.py &", "['a', 'b']", "trap '' TERM", "FROM $A"]
    ),
)
# What checks say, so that the looks that wait for it go on.
SAID = st.sampled_from(
    [
        "its last line was: python3: can't open file '/usr/src/app/main.py': [Errno 2]",
        'exec: "main.py": executable file not found in $PATH. The image has no ENTRYPOINT',
        "main.py is only its child. It had to be killed (exit 137). SIGTERM had no effect",
        "There is no file save_file. It does not hold it, and the container had ended: exit code 0",
        "It never printed it. It did not end by itself. It ended with exit code 0.",
        "service:3000 did not answer: Connection refused. service was running",
        "There is no built.txt in /usr/src/app. It does not use ADD, ENV.",
        "There is no group docker. The script took away somebody. Run a second time it ended",
        "Not installed: docker-ce. signed-by is missing. has mode 777, went on to the next",
        "was still running after 20 s. took no step. The entry says arch=x86_64, release is a, but",
    ]
)
WORDS = st.lists(TEXT, max_size=3).map(tuple)
NAMES = (
    "FROM",
    "RUN",
    "CMD",
    "ENTRYPOINT",
    "COPY",
    "ADD",
    "ENV",
    "ARG",
    "WORKDIR",
    "USER",
    "SHELL",
)


@st.composite
def instructions(draw: st.DrawFn) -> tuple[WrittenInstruction, ...]:
    """Draw the instructions of an image, with any text."""
    drawn = draw(st.lists(st.tuples(st.sampled_from(NAMES), TEXT, st.booleans()), max_size=6))
    return tuple(
        WrittenInstruction(name=name, line=line, form="exec" if listed else "shell", text=text)
        for line, (name, text, listed) in enumerate(drawn, 1)
    )


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RECORDINGS), instructions(), WORDS, WORDS, TEXT, st.data())
def test_no_look_fails_whatever_was_written(
    name: str,
    written: tuple[WrittenInstruction, ...],
    entrypoint: tuple[str, ...],
    cmd: tuple[str, ...],
    text: str,
    data: st.DataObject,
) -> None:
    """An explanation that raised would cost a grade: any text in files, images and reasons."""
    lab, facts = _lab(name)
    update = {"written": written, "entrypoint": entrypoint, "cmd": cmd}
    images = {
        image: found.model_copy(update=update) if isinstance(found, ImageFacts) else found
        for image, found in facts.images.items()
    }
    files = [*lab.submission.files, "start.sh", "own.py"]
    varied = facts.model_copy(update={"images": images, "sources": dict.fromkeys(files, text)})
    context = JudgeContext(lab, varied)
    section = score_lab(lab, facts)
    failed = {
        check.id: check.model_copy(
            update={"status": Status.FAILED, "reason": data.draw(TEXT | SAID), "evidence": text}
        )
        for check in section.checks
    }

    found = find_causes(context, failed)

    assert {check for cause in found for check in cause.explains} <= failed.keys()


def test_a_case_quotes_the_students_own_line(labs: tuple[Assignment, ...]) -> None:
    """File and line stand in the sentence, and in the place that annotations point at."""
    for cause in _section("mixed", labs).causes:
        assert cause.place is not None
        assert cause.place.file in cause.seen
        if cause.place.line:
            assert f"line {cause.place.line}" in cause.seen
