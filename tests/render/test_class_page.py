"""The class's page: whatever students are called and wrote, it stays text, and all is there."""

import base64
import hashlib
import random
import re
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest

from grader.class_report.class_summary import ClassSummary
from grader.class_report.collected import GradedEntry
from grader.class_report.fingerprint import make_fingerprint
from grader.class_report.summary import summarise
from grader.core.text import visible
from grader.render.html import class_html_parts
from grader.results import class_files, fingerprint_files, store
from grader.spec import catalog
from tests.builders.class_results import (
    HOSTILE_IDS,
    LABS,
    folder_name,
    make_class,
    make_result,
    write_class,
)
from tests.builders.student_texts import LAB, files, given, script
from tests.render.test_html import HIDDEN, POLYGLOTS, Reader

TEMPLATES = catalog.folder("templates")
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SIZE = 130
CHECKS = sum(len(lab.checks) for lab in LABS)


def _render(summary: ClassSummary) -> str:
    return "".join(class_html_parts(summary, TEMPLATES))


def read(page: str) -> Reader:
    """Return the page read back, its soundness checked."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    assert reader.other == []
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    assert script == (TEMPLATES / "class.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policies = {meta.get("content") for meta in reader.all_of("meta")}
    assert f"{POLICY}; script-src 'sha256-{digest}'" in policies
    page = page.replace(f"<script>{script}</script>", "")
    assert len(reader.all_of("script")) == 1
    tags = {tag for tag, _ in reader.elements} - {"script"}
    assert not tags & {"img", "link", "iframe", "object", "base", "form", "input"}
    names = {name for _, attributes in reader.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in {"src", "style"}]
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z0-9-]+", value or "") for value in ids)
    for link in reader.all_of("a"):
        target = link["href"] or ""
        if target.startswith("#"):
            assert target[1:] in ids
        else:
            assert re.fullmatch(
                r"(?:[A-Za-z0-9_.~-]|%[0-9A-F]{2})+/report\.html(?:#[a-z0-9-]+)?", target
            )
    assert not HIDDEN.search(page)
    assert not re.search(r"url\(|@import|<script|<link|<base|srcset", page)
    return reader


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a class with everything in it."""
    folder = tmp_path_factory.mktemp("results")
    write_class(folder, make_class(SIZE))
    shared = script(random.Random("ring"), 40).encode()  # noqa: S311
    for number, place in enumerate(class_files.result_folders(folder)):
        result = store.read_result(place)
        own = files(2 if number in {2, 4} else number)
        if number in {1, 10}:
            own = {
                **own,
                "main.py": shared + b"<script>alert('a line that is their own')</script>\n",
            }
        made = make_fingerprint(
            result.submission.id, result.submission.digest, {LAB: own}, given(), {}
        )
        (place / fingerprint_files.FINGERPRINT).write_text(made.to_json(), encoding="utf-8")
    class_files.write_class_files(folder, LABS)
    return folder


@pytest.fixture(scope="module")
def page(results: Path) -> str:
    """Return its page."""
    return (results / class_files.CLASS_HTML).read_text()


def test_every_row_has_every_check_and_leads_to_its_report(results: Path, page: str) -> None:
    """Signs say what colours say; the link is the folder, whatever it is called."""
    summary = ClassSummary.model_validate_json((results / class_files.CLASS_JSON).read_text())
    rows = re.findall(r'<tr><th scope="row" class="name">(.*?)</tr>', page)
    assert len(rows) == SIZE
    for row, line in zip(summary.submissions, rows, strict=True):
        cells = re.sub(r"</?a\b[^>]*>", "", line.split("</th>")[1])
        signs = re.findall(r"<td(?: class=\"[a-z ]+\")?>(.)</td>", cells)[-CHECKS:]
        wanted = dict(zip("PFSMEN-", "✓✗·?!\N{EN DASH} ", strict=True))
        assert signs == [wanted[letter] for letter in row.outcomes]
        target, *checks = re.findall(r'href="([^"]*)"', line)
        assert unquote(target) == f"{row.id}/report.html"
        assert len(checks) == sum(row.outcomes.count(letter) for letter in "FME")
        assert all(link.startswith(f"{target}#") for link in checks)
        assert (results / unquote(target)).parent.is_dir()


def test_the_page_is_sound_with_hostile_names(page: str) -> None:
    """They are all there, as text."""
    reader = read(page)
    for name in HOSTILE_IDS:
        assert visible(name) in reader.seen
    assert "<script>alert('a line that is their own')</script>" in reader.seen
    assert len(reader.all_of("h1")) == len(reader.all_of("main")) == 1


def test_headings_come_in_order_and_tables_have_scopes(page: str) -> None:
    """A screen reader finds its way, and reaches what scrolls with the keyboard."""
    reader = read(page)
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all("scope" in heading for heading in reader.all_of("th"))
    heat = [found for found in reader.all_of("div") if found.get("class") == "heat"]
    assert [(found["tabindex"], found["role"]) for found in heat] == [("0", "region")]


def test_everything_the_summary_says_is_on_the_page(results: Path, page: str) -> None:
    """Numbers, flags, what waits, what was not graded, stand-ins, what is alike and its lines."""
    summary = ClassSummary.model_validate_json((results / class_files.CLASS_JSON).read_text())
    seen = read(page).seen
    assert f"{summary.scores.mean:.1f}" in seen
    assert "python:3.7 was a stand-in" in seen
    assert summary.not_graded
    for found in summary.not_graded:
        assert f"{visible(found.submission)}: {found.reasons[0]}" in seen
    for group in (*summary.flags, *summary.waiting, *summary.reasons[:40]):
        assert group.text in seen
    for check in summary.checks:
        assert check.title in seen
        if check.discrimination is not None:
            assert f"{check.discrimination:.2f}" in seen
    (alike,) = summary.duplicates.alike
    assert (alike.first, alike.second) == (
        folder_name(1, "student-0001"),
        folder_name(10, HOSTILE_IDS[0]),
    )
    assert all(line.text in seen for line in alike.lines)
    assert f"{alike.similarity}%" in seen
    assert "2 submissions, the same text, not the same bytes" in seen
    for word in ("cheat", "plagiar", "copied"):
        assert word not in seen.casefold()


@pytest.mark.parametrize("poison", POLYGLOTS, ids=range(len(POLYGLOTS)))
def test_hostile_text_stays_text(poison: str) -> None:
    """In ids, reasons, flags, titles, engines and specs."""
    result = make_result("x", 4, manual=True)
    check = (
        result.sections[0]
        .checks[0]
        .model_copy(update={"reason": poison, "flags": (poison,), "title": poison, "id": poison})
    )
    section = result.sections[0].model_copy(
        update={"checks": (check, *result.sections[0].checks[1:]), "title": poison, "id": poison}
    )
    made = result.provenance.model_copy(update={"engine": poison, "spec": poison, "grader": poison})
    hostile = result.model_copy(
        update={
            "submission": result.submission.model_copy(update={"id": poison}),
            "sections": (section, *result.sections[1:]),
            "provenance": made,
        }
    )
    page = _render(summarise([GradedEntry(hostile, "x/report.html")], LABS))
    assert " ".join(visible(poison, keep="\n\t").split())[:100] in read(page).seen


@pytest.mark.parametrize("size", [0, 1, 2])
def test_the_smallest_classes_have_a_page(size: int) -> None:
    """With nothing to divide by."""
    entries = [GradedEntry(result, "a/report.html") for result in make_class(size)]
    assert f"{size} submission" in read(_render(summarise(entries))).seen


def test_a_large_class_is_a_page_of_a_few_megabytes() -> None:
    """A row costs little more than its signs and the links of what was lost."""
    entries = (GradedEntry(result, "a/report.html") for result in make_class(600))
    page = _render(summarise(entries, LABS))
    assert len(page.encode()) < 2_500_000
