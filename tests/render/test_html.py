"""The page: whatever a student wrote, it stays text; whatever was judged, it is there."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest

from grader.core.text import visible
from grader.facts import AnswerFacts, SubmissionFacts
from grader.judge.causes import all_ids, cause_of
from grader.judge.check_kinds import PARAMS
from grader.judge.score import score_submission
from grader.render.html import render_html
from grader.result import GradeStatus, Result, Status
from grader.spec import catalog
from grader.spec.assignment import Assignment
from tests.render.test_markdown import NASTY

FACTS = Path(__file__).parent.parent / "recorded"
TEMPLATES = catalog.folder("templates")
LABS: tuple[Assignment, ...] = catalog.load_assignments(catalog.folder("assignments"), PARAMS)

POLYGLOTS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=1>',
    "' onmouseover='alert(1)",
    "{{7*7}}{% raw %}${7*7}",
    "]]></title></svg></pre>",
    "</style><style>*{display:none}",
    "\x1b[31mred\x1b]52;c;aGk=\x07",
    "\u202egnp.exe\u2066\u200b\ufeff",
    "nul\x00 cr\r lf\n tab\t next\x85 line\u2028",
    "javascript:alert(1)",
    "<!--", "-->", "&lt;b&gt;&#60;", "\ud800\udfff\ufffe",
    "x" * 10_000,
)  # fmt: skip
HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")

ELEMENTS = set(
    re.findall(
        r"\S+",
        "html head meta title style body header nav main section footer h1 h2 h3 h4 p a strong "
        "span code pre i ul li dl div dt dd table caption thead tbody tfoot tr th td details "
        "em s ol blockquote hr br summary figure figcaption svg g desc rect path circle text tspan",
    )
)
ATTRIBUTES = set(
    re.findall(
        r"\S+",
        "class id lang charset name content http-equiv href scope colspan open role start "
        "aria-hidden aria-labelledby aria-describedby viewbox x y width height rx cx cy r d "
        "text-anchor textlength lengthadjust",
    )
)
VOID = {"meta", "hr", "br"}
# The only addresses on a page: what the causes' own rows say to read.
TO_READ = {address for name, _ in all_ids() if (row := cause_of(name)) for address in row.read}


class Reader(HTMLParser):
    """Reads a page back as a browser would: elements, ids, links, and the text people see."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text: list[str] = []
        self.other: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), f"an attribute stands twice: {attrs}"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text.append(data)

    def handle_comment(self, data: str) -> None:
        self.other.append(data)

    def handle_pi(self, data: str) -> None:
        self.other.append(data)

    def unknown_decl(self, data: str) -> None:
        self.other.append(data)

    def all_of(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element called `tag`."""
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def seen(self) -> str:
        """Return the text, spaces folded."""
        return " ".join("".join(self.text).split())


def facts_of(name: str) -> SubmissionFacts:
    """Return recorded facts."""
    return SubmissionFacts.model_validate_json((FACTS / f"{name}.json").read_bytes())


def page_of(facts: SubmissionFacts, result: Result | None = None) -> str:
    """Return the page of these facts, judged now if no result is given."""
    return render_html(result or score_submission(facts, LABS), facts, LABS, TEMPLATES)


def read(page: str) -> Reader:
    """Return the page read back, its soundness checked."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert reader.other == []
    assert {tag for tag, _ in reader.elements} <= ELEMENTS
    assert {name for _, attributes in reader.elements for name in attributes} <= ATTRIBUTES
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9-]+", value or "") for value in ids)
    for link in reader.all_of("a"):
        href = link["href"] or ""
        assert href in TO_READ or (href.startswith("#") and href[1:] in ids)
    for _, attributes in reader.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert attributes.get(name) is None or attributes[name] in ids
    for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL):
        fromstring(svg)  # noqa: S314 - our own output
    assert not HIDDEN.search(page)
    return reader


def poisoned(value: Any, poison: str, keep: frozenset[str], key: str = "") -> Any:
    """Return JSON with every string replaced, but for the fields in `keep`; keys stay."""
    if isinstance(value, dict):
        return {name: poisoned(inner, poison, keep, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner, poison, keep, key) for inner in value]
    return poison if isinstance(value, str) and key not in keep else value


# What the models allow no other value for, and by what facts and specs find each other.
FIXED = frozenset({"kind", "schema", "format", "fault", "form", "type", "status", "stream"})
NAMES = frozenset({"lab", "id", "after", "image", "part"})
SCENE = frozenset({"did"})
SCRIPT = frozenset({"how", "ended", "breaks"})


@pytest.mark.parametrize(
    ("name", "keep"),
    [
        ("model", FIXED | NAMES),
        ("mixed", FIXED | NAMES),
        ("mixed", FIXED),
        ("02-installation", FIXED | NAMES | SCRIPT),
        ("07-final-lab", FIXED | NAMES | SCENE),
    ],
    ids=["model", "mixed", "names-too", "script", "scenes"],
)
@pytest.mark.parametrize("poison", POLYGLOTS, ids=range(len(POLYGLOTS)))
def test_hostile_text_stays_text(poison: str, name: str, keep: frozenset[str]) -> None:
    """No element, attribute or id comes out of a student's text, wherever it stands."""
    recorded = facts_of(name)
    result = json.loads(score_submission(recorded, LABS).to_json())
    for section in result["sections"]:
        section["notes"].append("a note")
        for check in section["checks"]:
            check |= {"flags": ["a flag"], "evidence": "output", "hint": "a hint"}
            check |= {"place": {"file": "Dockerfile", "line": 1}}
    raw = recorded.model_dump(by_alias=True, mode="json")
    hostile = poisoned(raw, poison, keep)
    hostile["engine"]["evidence"] = raw["engine"]["evidence"]  # one of the grader's own words
    facts = SubmissionFacts.model_validate(hostile, strict=False)
    page = page_of(facts, Result.model_validate(poisoned(result, poison, keep), strict=False))
    assert " ".join(visible(poison, keep="\n\t").split()) in read(page).seen
    assert len(page) < 6_000_000


@pytest.mark.parametrize("poison", [*POLYGLOTS, *NASTY.values()])
def test_a_free_answer_is_there_to_read_and_nothing_more(poison: str) -> None:
    """Students' Markdown adds no id, no link, and no element but those of plain text."""
    facts = facts_of("model")
    seen = AnswerFacts(text=f"**so** {poison}", sha256="0" * 64, cell=1)
    free = [q.id for lab in LABS if lab.id == facts.labs[0].lab for q in lab.questions]
    lab = facts.labs[0].model_copy(update={"answers": dict.fromkeys(free, seen)})

    page = page_of(facts.model_copy(update={"labs": (lab,)}))

    assert "The whole answer" in read(page).seen
    assert 'class="answer"' in page


@pytest.mark.parametrize("name", ["model", "mixed"])
def test_everything_judged_is_there(name: str) -> None:
    """The page keeps nothing back that result.json has."""
    facts = facts_of(name)
    result = score_submission(facts, LABS)
    reader = read(page_of(facts, result))
    checks = [check for section in result.sections for check in section.checks]
    for check in checks:
        for text in (check.id, check.title, check.reason, check.expected, check.hint):
            assert " ".join(text.split()) in reader.seen
        if check.status is not Status.SKIPPED:
            assert " ".join(check.reproduce.split()) in reader.seen
            assert " ".join(check.evidence.split()) in reader.seen
        for flag in check.flags:
            assert flag in reader.seen
    for section in result.sections:
        for note in section.notes:
            assert note in reader.seen
    for text in (result.submission.id, result.submission.digest, result.provenance.engine):
        assert text in reader.seen
    assert f"{result.score} of {result.max_score} points" in reader.seen


def test_a_note_about_several_labs_is_said_once() -> None:
    """With the labs it is about; with none where it is about all of them."""
    facts = facts_of("mixed")
    result = score_submission(facts, LABS)
    one = result.sections[0].model_copy(update={"title": "One", "notes": ("of all", "of one")})
    two = one.model_copy(update={"id": "two", "title": "Two", "notes": ("of all",)})
    three = two.model_copy(update={"id": "three", "title": "Three", "notes": ("of all", "of one")})

    page = page_of(facts, result.model_copy(update={"sections": (one, two, three)}))

    notes = re.search(r'<ul class="notes">\n(.*?)</ul>', page, re.DOTALL)
    assert notes
    assert notes[1] == "<li>of all</li>\n<li>One, Three: of one</li>\n"


def with_status(result: Result, status: Status) -> Result:
    """Return the result with its first check at `status`."""
    section = result.sections[0]
    first = section.checks[0].model_copy(update={"status": status, "reason": "the very reason"})
    changed = section.model_copy(update={"checks": (first, *section.checks[1:])})
    overall = {Status.ERROR: GradeStatus.NOT_GRADED, Status.MANUAL: GradeStatus.NEEDS_REVIEW}.get(
        status, GradeStatus.GRADED
    )
    return result.model_copy(update={"sections": (changed,), "status": overall})


@pytest.mark.parametrize(
    ("status", "word"),
    [
        (Status.PASSED, "✓passed"),
        (Status.FAILED, "✗failed"),
        (Status.SKIPPED, "·skipped"),
        (Status.MANUAL, "?marked later"),
        (Status.ERROR, "!not graded"),
    ],
)
def test_every_status_has_a_sign_and_a_word(status: Status, word: str) -> None:
    """Colour alone says nothing."""
    facts = facts_of("model")
    seen = read(page_of(facts, with_status(score_submission(facts, LABS), status))).seen
    assert word in seen
    assert "the very reason" in seen


def test_an_engine_failure_is_no_score() -> None:
    """Neither the title nor the top of the page calls it one."""
    facts = facts_of("model")
    result = with_status(score_submission(facts, LABS), Status.ERROR)
    page = page_of(facts, result)
    assert "The engine failed; this is not your score." in read(page).seen
    assert "<title>model: not graded</title>" in page


def test_failed_and_flagged_checks_are_open_and_others_are_not() -> None:
    """What needs reading is unfolded."""
    facts = facts_of("mixed")
    result = score_submission(facts, LABS)
    checks = [check for section in result.sections for check in section.checks]
    must = sum(check.status is Status.FAILED or bool(check.flags) for check in checks)
    opened = [found for found in read(page_of(facts)).all_of("details") if "open" in found]
    assert len(opened) == must


def test_a_skipped_check_links_to_the_one_it_waits_for() -> None:
    """The root of a chain is one click away."""
    page = page_of(facts_of("mixed"))
    part = page.split('id="04-images-and-containers-shell-stop"')[1].split("</li>")[0]
    assert 'Waits for: <a href="#04-images-and-containers-shell-runs">' in part


def test_each_run_is_drawn_once_in_the_part_of_its_checks() -> None:
    """Several checks share an observation, and its picture."""
    facts = facts_of("model")
    figures = read(page_of(facts)).all_of("figure")
    runs = [name for name, seen in facts.labs[0].observations.items() if seen.kind != "not-seen"]
    assert [figure["id"] for figure in figures] == [
        f"04-images-and-containers-seen-{name}" for name in runs
    ]


def test_the_second_build_tells_which_steps_ran_again() -> None:
    """As a table: cached or again, in words."""
    seen = read(page_of(facts_of("model"))).seen
    assert "RUN python3 --version > built.txt= from cache" in seen
    assert "↻ again" in seen


def test_headings_come_in_order_and_tables_have_scopes() -> None:
    """A screen reader finds its way."""
    for name in ("model", "mixed"):
        reader = read(page_of(facts_of(name)))
        levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        assert all("scope" in heading for heading in reader.all_of("th"))
        assert len(reader.all_of("main")) == len(reader.all_of("footer")) == 1


def test_nothing_is_loaded_or_run() -> None:
    """The policy forbids it, and there is nothing to forbid."""
    page = page_of(facts_of("mixed"))
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert policy in {meta.get("content") for meta in read(page).all_of("meta")}
    for address in TO_READ:
        page = page.replace(f'<a href="{address}">', "")
    assert not re.search(r"https?:|url\(|@import|src=|<script|<link|<base", page)


def test_same_input_same_bytes() -> None:
    """A page can be compared with another one."""
    facts = facts_of("mixed")
    assert page_of(facts) == page_of(SubmissionFacts.model_validate_json(facts.model_dump_json()))


def test_facts_of_an_unknown_lab_still_give_a_page() -> None:
    """Verdicts do not need the spec they were made with."""
    facts = facts_of("model")
    result = score_submission(facts, LABS)
    reader = read(render_html(result, facts, [], TEMPLATES))
    assert reader.all_of("figure") == []
    assert "docker stop ends it at once" in reader.seen


def luminance(colour: str) -> float:
    """Return the relative luminance WCAG defines for a colour."""
    parts = [int(colour[index : index + 2], 16) / 255 for index in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_enough_in_light_dark_and_on_paper() -> None:
    """WCAG AA: 4.5 for text, 3 for what pictures consist of."""
    style = (TEMPLATES / "head.html.j2").read_text()
    themes = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(themes) == 3
    for theme in themes:
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", theme))
        pairs = [
            (text, ground, 4.5)
            for text in ("ink", "quiet", "link", "good", "bad", "care", "fault")
            for ground in ("page", "card", "soft", "care-soft")
        ]
        pairs += [("on-ink", "life", 4.5), ("page", "ink", 4.5), ("ink", "grace", 4.5)]
        pairs += [("edge", "card", 3), ("life", "card", 3), ("life", "grace", 3)]
        for text, ground, least in pairs:
            first, second = luminance(colours[text]), luminance(colours[ground])
            contrast = (max(first, second) + 0.05) / (min(first, second) + 0.05)
            assert contrast >= least, f"{text} on {ground}: {contrast:.2f}"
