"""Results for the renderers' tests: from recorded facts, hostile ones, and arbitrary ones."""

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from hypothesis import strategies as st

from grader.facts import Fault, LabFacts, NotSeen, Place
from grader.judge.check_kinds import PARAMS
from grader.judge.score import score_submission
from grader.result import (
    BaseRef,
    CauseResult,
    CheckResult,
    GradeStatus,
    Provenance,
    Result,
    SectionResult,
    Status,
)
from grader.result import SubmissionRef as Ref
from grader.results.store import read_facts
from grader.spec import catalog
from grader.spec.assignment import Assignment
from tests.builders.sections import result_of, section_of
from tests.conftest import ROOT

FACTS = ROOT / "tests" / "recorded"

# One string with what each reader could stumble over; the canary says where it came out.
_SPICES = [
    "CANARY",
    "::set-output name=score::100",
    "  ::error file=x::boo",
    "log ##[add-mask]100",
    "\r::stop-commands::x",
    "``` </details></table><script>alert(1)</script><!-- <img src=x onerror=y>",
    "````````` |a|b| ~~~ # h ![i](http://i.example/x.png) [l](javascript:x)",
    "<https://evil.example> https://evil.example www.evil.example @everyone #1 &lt; &#64;me",
    "]]> <![CDATA[ &amp; &bogus; %0A%0D%25 %3A",
    "=cmd|' /C calc'!A0 \x1b[31m\x1b]52;c;eA==\x07 \x00\x08\x0b\x7f\x85 \ud800 \ufffe",
    "\u202e\u2066 bidi \u2028 \u200b zero \U000e0041 tag 🐳 é \t tab",
    'EOF\nghadelimiter_x<<y\nscore=100\n"quoted" \\ back\\',
]
POLYGLOT = "\n".join(_SPICES)
HOSTILE = (POLYGLOT + "\n") * (300_000 // len(POLYGLOT) + 1)


def _labs() -> list[Assignment]:
    """Return the labs without their questions, which the recorded facts are older than."""
    labs = catalog.load_assignments(ROOT / "assignments", PARAMS)
    return [replace(lab, questions=()) for lab in labs]


def _scored(name: str) -> Result:
    return score_submission(read_facts(FACTS / f"{name}.json"), _labs())


def map_checks(result: Result, change: Callable[[CheckResult], CheckResult]) -> Result:
    """Return the result with every check changed, and its sums made right again."""
    sections = []
    for section in result.sections:
        checks = tuple(change(check) for check in section.checks)
        sections.append(
            section_of(section.id, section.title, checks, section.notes, section.causes)
        )
    return result_of(tuple(sections), result)


def _outage() -> Result:
    """Return what comes of an engine that never answered, for every lab."""
    labs = _labs()
    gone = NotSeen(fault=Fault.ENGINE, why="No Docker engine answers. " + POLYGLOT)
    nothing = [
        LabFacts(lab=lab.id, words={}, bases={}, images={}, observations={}, missing=gone)
        for lab in labs
    ]
    facts = read_facts(FACTS / "model.json").model_copy(update={"labs": tuple(nothing)})
    return score_submission(facts, labs)


def _partly() -> Result:
    """Return the model's result with one check that the engine failed."""

    def ill(check: CheckResult) -> CheckResult:
        if check.id != "exec-stop":
            return check
        return check.model_copy(update={"status": Status.ERROR, "score": 0, "reason": "timeout"})

    return map_checks(_scored("model"), ill)


def _pending() -> Result:
    """Return the mixed result with one check that waits and one that was marked 2 of 3."""
    result = _scored("mixed")
    section = result.sections[0]
    waits = section.checks[0].model_copy(
        update={
            "id": "why",
            "title": "why does docker stop take ten seconds?",
            "status": Status.MANUAL,
            "score": 0,
            "max_score": 0,
            "pending": 4,
            "reason": "recorded, marked later",
        }
    )
    marked = waits.model_copy(
        update={"id": "m", "status": Status.FAILED, "score": 2, "max_score": 3, "pending": 0}
    )
    checks = (*section.checks, waits, marked)
    mixed = section_of(section.id, section.title, checks, section.notes)
    only = section_of("05-volumes", "Volumes", (waits,))
    return result_of((mixed, only), result)


def hostile(result: Result, text: str = HOSTILE) -> Result:
    """Return the result with `text` wherever a student's words can end up."""

    def spoilt(check: CheckResult) -> CheckResult:
        return check.model_copy(
            update={
                "status": Status.SKIPPED if check.status is Status.PASSED else check.status,
                "score": 0,
                "reason": text,
                "expected": text,
                "actual": text,
                "hint": text,
                "reproduce": text,
                "evidence": text,
                "flags": (text, text),
                "place": Place(file=text[:3000], line=7),
            }
        )

    changed = map_checks(result, spoilt)
    place = Place(file=text[:3000], line=7)
    sections = tuple(
        section.model_copy(
            update={
                "notes": (text,) * 3,
                "causes": tuple(
                    cause.model_copy(update={"seen": text, "shows": text, "place": place})
                    for cause in section.causes
                ),
            }
        )
        for section in changed.sections
    )
    ref = Ref(id=text, digest=result.submission.digest)
    return changed.model_copy(update={"sections": sections, "submission": ref})


@lru_cache(maxsize=1)
def samples() -> dict[str, Result]:
    """Return results by name: model, wrong, hostile, not graded, waiting for marks."""
    mixed = _scored("mixed")
    return {
        "model": _scored("model"),
        "mixed": mixed,
        "volumes": _scored("05-volumes"),
        "scripts": _scored("02-installation"),
        "outage": _outage(),
        "partly": _partly(),
        "pending": _pending(),
        "hostile": hostile(mixed),
        "hostile-outage": hostile(_outage(), POLYGLOT * 3),
        "empty": result_of((), mixed),
    }


NAMES = [
    "model",
    "mixed",
    "volumes",
    "scripts",
    "outage",
    "partly",
    "pending",
    "hostile",
    "hostile-outage",
    "empty",
]

# --- arbitrary results -----------------------------------------------------------------------

_SPICE = st.sampled_from(_SPICES)
TEXTS = st.one_of(
    st.text(max_size=40),
    st.text(alphabet="`|<>&#@:\\\n\r[]!*_~=-+. aw/h", max_size=40),
    st.text(st.characters(), max_size=20),
    _SPICE,
    st.lists(_SPICE, max_size=3).map("\n".join),
)


@st.composite
def checks(draw: st.DrawFn) -> CheckResult:
    """Draw one check whose points fit its status."""
    status = draw(st.sampled_from(list(Status)))
    points = draw(st.integers(0, 5))
    score = 0
    if status in {Status.PASSED, Status.FAILED}:
        score = draw(st.integers(0, points))
    return CheckResult(
        id=draw(TEXTS),
        title=draw(TEXTS),
        part=draw(TEXTS),
        status=status,
        score=score,
        max_score=0 if status is Status.MANUAL else points,
        pending=points if status is Status.MANUAL else 0,
        reason=draw(TEXTS),
        expected=draw(TEXTS),
        actual=draw(TEXTS),
        hint=draw(TEXTS),
        reproduce=draw(TEXTS),
        flags=tuple(draw(st.lists(TEXTS, max_size=2))),
        after=draw(st.none() | TEXTS) if status is Status.SKIPPED else None,
        place=draw(st.none() | st.builds(Place, file=TEXTS, line=st.none() | st.integers(1, 99))),
        evidence=draw(TEXTS),
    )


@st.composite
def sections(draw: st.DrawFn) -> SectionResult:
    """Draw a lab with its checks, and causes of some of them."""
    found = tuple(draw(st.lists(checks(), max_size=5)))
    ids = st.sampled_from([check.id for check in found] or [""])
    causes = st.builds(
        CauseResult,
        id=TEXTS,
        title=TEXTS,
        part=st.sampled_from([check.part for check in found] or [""]),
        seen=TEXTS,
        why=TEXTS,
        direction=TEXTS,
        shows=TEXTS,
        place=st.none() | st.builds(Place, file=TEXTS, line=st.none() | st.integers(1, 99)),
        explains=st.lists(ids, min_size=1, max_size=3).map(tuple),
        either=st.booleans(),
    )
    return section_of(
        draw(TEXTS | st.sampled_from(["01-microservices", "05-volumes"])),
        draw(TEXTS),
        found,
        tuple(draw(st.lists(TEXTS, max_size=2))),
        tuple(draw(st.lists(causes, max_size=2))),
    )


@st.composite
def results(draw: st.DrawFn) -> Result:
    """Draw a result whose sums are right and whose texts are anything."""
    found = tuple(draw(st.lists(sections(), max_size=3)))
    like = Result(
        submission=Ref(id=draw(TEXTS), digest="0" * 64),
        status=GradeStatus.GRADED,
        score=0,
        max_score=0,
        sections=(),
        provenance=Provenance(
            grader="0.1.0",
            spec=draw(TEXTS),
            engine=draw(TEXTS),
            bases={draw(TEXTS): BaseRef(id="sha256:0", standin=draw(st.booleans()))},
            graded_at="2026-11-23T19:03:31Z",
            seconds=draw(st.floats()),
        ),
    )
    return result_of(found, like)
