"""JUnit XML: a suite for each lab, a case for each check.

There is no one specification. This is what the strict schema that pytest tests itself against and
the lenient readers (Jenkins, GitLab, Testmo) have in common; they know no points, so those stand
in the suite's properties and in each message.
"""

from xml.etree import ElementTree as ET

from grader.core.text import clip, shorten
from grader.render.causes import first_words
from grader.render.details import explained, has_errors, measured, tally
from grader.result import CheckResult, Result, SectionResult, Status

_TITLE, _MESSAGE, _TEXT = 200, 300, 8_000
# No `<...>` for what passed; what waits for a person was not run as far as JUnit is concerned.
_ELEMENTS = {
    Status.FAILED: "failure",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
    Status.MANUAL: "skipped",
}


def render_junit(result: Result) -> str:
    """Return the XML document; it has no character that XML 1.0 forbids."""
    root = ET.Element("testsuites", {"name": "grader", **_counts(result.sections)})
    # At most three decimals, and never `nan`, or the strict schema refuses it.
    root.set("time", f"{measured(result.provenance.seconds):.3f}")
    # One schema allows `skipped` here and the other does not: it stands with the suites only.
    del root.attrib["skipped"]
    for section in result.sections:
        root.append(_suite(result, section))
    ET.indent(root)
    body = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'


def _counts(sections: tuple[SectionResult, ...]) -> dict[str, str]:
    elements = [_ELEMENTS.get(check.status) for one in sections for check in one.checks]
    return {
        "tests": str(len(elements)),
        "failures": str(elements.count("failure")),
        "errors": str(elements.count("error")),
        "skipped": str(elements.count("skipped")),
    }


def _suite(result: Result, section: SectionResult) -> ET.Element:
    suite = ET.Element("testsuite", {"name": shorten(section.id, _TITLE), **_counts((section,))})
    suite.set("timestamp", shorten(result.provenance.graded_at, _TITLE))
    properties = ET.SubElement(suite, "properties")
    lost = bool(result.provenance.distrust) or has_errors(section)
    for name, value in {
        "title": section.title,
        # No score is not a score of 0.
        "score": "" if lost else str(section.score),
        "max_score": str(section.max_score),
        "pending": str(section.pending),
        "submission": result.submission.id,
        "digest": result.submission.digest,
        "status": result.status,
        "grader": result.provenance.grader,
    }.items():
        ET.SubElement(properties, "property", {"name": name, "value": shorten(value, _TITLE)})
    suite.extend(_case(section, check) for check in section.checks)
    return suite


def _case(section: SectionResult, check: CheckResult) -> ET.Element:
    named = {"name": shorten(check.title, _TITLE), "classname": shorten(section.id, _TITLE)}
    case = ET.Element("testcase", named)
    kind = _ELEMENTS.get(check.status)
    if kind:
        points = _points(check)
        message = f"{points}: {shorten(first_words(check, section.causes), _MESSAGE)}"
        element = ET.SubElement(case, kind, {"type": check.status.value, "message": message})
        element.text = f"{points}\n{clip(explained(check, section), _TEXT)}"
    else:
        out = ET.SubElement(case, "system-out")
        out.text = clip("\n".join([_points(check), *(f"flag: {f}" for f in check.flags)]), _TEXT)
    return case


def _points(check: CheckResult) -> str:
    if check.pending:
        return f"{check.pending} points are marked later"
    return tally(check, " points")
