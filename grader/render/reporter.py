"""What GitHub Classroom's grading reporter reads: one *runner*, base64 of JSON.

The reporter adds points up in two ways that need not agree: a table takes the share of tests that
passed, a notice takes the sum of their scores. They agree where every test of a runner is worth
the same and is passed or not, so each point is a test of its own here; and what does not agree
is refused.
"""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from grader.core.text import clip, inert, shorten
from grader.render.causes import first_words
from grader.render.details import explained, has_errors
from grader.result import CheckResult, SectionResult, Status

# The value becomes one string of a process's environment, of which Linux takes 128 KiB; base64
# makes three bytes four.
MAX_JSON = 64 * 1024
# Characters of explanation and of name: the first pair with which a runner fits is used.
_ROOM = ((2_000, 120), (500, 120), (120, 120), (0, 120), (0, 40), (0, 12))


class DisagreementError(ValueError):
    """The reporter's two totals would differ, or the payload cannot be made to fit."""


@dataclass(frozen=True, slots=True)
class _Test:
    """One test of a runner, before its texts are cut to fit.

    `why` becomes its message, `details` its code; `file` is seen from the repository's root.
    """

    name: str
    status: str
    score: int
    why: str = ""
    details: str = ""
    file: str = ""
    line: int = 0


def render_reporter(
    sections: Sequence[SectionResult], trouble: str = "", *, limit: int = MAX_JSON
) -> str:
    """Return the value of one step output, for one lab or for several taken together.

    `trouble` says why nothing of it counts. Where it is set, or a check could not be graded, the
    runner's status is `error` and it carries no points at all, rather than too few. Raises
    DisagreementError for a section whose own sums are wrong, and for one that cannot be cut to
    `limit` bytes of JSON.
    """
    counts = not trouble and not any(has_errors(section) for section in sections)
    found = [(section, check) for section in sections for check in section.checks]
    several = len(sections) > 1
    if counts:
        tests = [test for one in found for test in _points(*one, several=several)]
    else:
        tests = _without_repeats([_unscored(*one, several=several) for one in found])
        if all(test.status != "error" for test in tests):
            tests.insert(0, _Test("grading", "error", 0, trouble))
    # The reporter divides by the number of tests.
    tests = tests or [_Test("nothing to mark yet", "pass", 0)]
    score = sum(section.score for section in sections) if counts else 0
    max_score = sum(section.max_score for section in sections) if counts else 0
    for detailed, named in _ROOM:
        payload = _payload(tests, max_score, detailed, named)
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) <= limit:
            prove_totals(payload, score)
            return base64.b64encode(text.encode()).decode("ascii")
    raise DisagreementError(
        f"{len(tests)} points of one runner do not fit into {limit} bytes. "
        "Use one runner for each lab, or give its checks fewer points."
    )


def prove_totals(payload: Mapping[str, Any], score: int) -> None:
    """Raise DisagreementError unless both of the reporter's totals are `score`.

    In whole numbers: passed / tests * max_score, and the sum of the tests' scores.
    """
    tests, most = payload["tests"], payload["max_score"]
    passed = sum(test["status"] == "pass" for test in tests)
    total = sum(test["score"] for test in tests)
    equal = {test["score"] for test in tests if test["status"] == "pass"}
    if not tests or passed * most != total * len(tests) or total != score or len(equal) > 1:
        share = f"{passed} of {len(tests)} tests of {most} points"
        raise DisagreementError(
            f"The reporter would show {share} in its table, {total} points in its notice, and the "
            f"result says {score}. This is a mistake in the grader: tell the course."
        )


def _points(section: SectionResult, check: CheckResult, *, several: bool) -> Iterator[_Test]:
    """Yield a test for each point of a check; the first point that was lost carries the reason."""
    name = f"{section.id}: {check.title}" if several else check.title
    for number in range(1, check.max_score + 1):
        label = name if check.max_score == 1 else f"{name} ({number} of {check.max_score})"
        if number <= check.score:
            yield _Test(label, "pass", 1)
        elif number == check.score + 1:
            yield _lost(section, check, label)
        else:
            yield replace(_lost(section, check, label), why="", details="")


def _unscored(section: SectionResult, check: CheckResult, *, several: bool) -> _Test:
    """Return a test of 0 points that shows how a check went, for a result that is not graded."""
    name = f"{section.id}: {check.title}" if several else check.title
    if check.status in {Status.PASSED, Status.MANUAL}:
        return _Test(name, "pass", 0)
    test = _lost(section, check, name)
    return replace(test, status="error") if check.status is Status.ERROR else test


def _without_repeats(tests: Sequence[_Test]) -> list[_Test]:
    """Return the tests; of those that share an error's cause only the first one gives it."""
    given: set[str] = set()
    found = []
    for test in tests:
        again = test.status == "error" and test.why in given
        found.append(replace(test, why="as above", details="") if again else test)
        given.add(test.why)
    return found


def _lost(section: SectionResult, check: CheckResult, name: str) -> _Test:
    place = check.place
    file = f"{section.id}/{place.file}" if place else ""
    line = (place.line or 0) if place else 0
    why = first_words(check, section.causes)
    return _Test(name, "fail", 0, why, explained(check, section), file, line)


def _payload(tests: Sequence[_Test], max_score: int, detailed: int, named: int) -> dict[str, Any]:
    statuses = {test.status for test in tests}
    return {
        "version": 1,
        "status": next((word for word in ("error", "fail") if word in statuses), "pass"),
        "max_score": max_score,
        "tests": [
            {
                "name": inert(shorten(test.name, named)) or "?",
                "status": test.status,
                # Printed into a log, where a line of a student's must not be a command.
                "message": inert(shorten(test.why, max(20, detailed // 4))) or None,
                "score": test.score,
                "test_code": inert(clip(test.details, detailed)),
                "filename": shorten(test.file, named),
                # A real line or 0: the reporter prints anything else.
                "line_no": test.line,
                "duration": 0,
            }
            for test in tests
        ],
    }
