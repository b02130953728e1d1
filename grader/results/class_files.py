"""The files about a whole class in RESULTS: made from what lies in its submissions' folders."""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from grader.class_report.changes import Changes, compare
from grader.class_report.class_summary import ClassSummary, UnreadableResult
from grader.class_report.collected import GradedEntry
from grader.class_report.grades import grades_csv
from grader.class_report.summary import summarise
from grader.core.csv_table import BOM
from grader.core.files import write_together
from grader.core.text import visible
from grader.render.html import class_html_parts
from grader.results import fingerprint_files, store
from grader.results.class_seal import class_is_current, is_class, sources_digest
from grader.results.marks_file import hold
from grader.spec import catalog
from grader.spec.assignment import Assignment

CLASS_JSON, CLASS_HTML, GRADES = store.CLASS_JSON, store.CLASS_PAGE, store.GRADES


@dataclass(frozen=True, slots=True)
class _RunDetails:
    """What the class report needs of facts.json, by lab: random words, and seconds."""

    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


def write_class_files(results: Path, labs: Sequence[Assignment]) -> ClassSummary:
    """Write class.json, grades.csv and class.html into RESULTS, and return what they say.

    Results are read one after the other: memory does not grow with them but by a row each. Nobody
    else changes them meanwhile.
    """
    with hold(results):
        return _write(results, labs)


def refresh_class_files(results: Path, labs: Sequence[Assignment]) -> None:
    """Bring the class files up to date where there are some: a result in RESULTS has changed."""
    if is_class(results):
        bring_up_to_date(results, labs)


def bring_up_to_date(results: Path, labs: Sequence[Assignment]) -> None:
    """Write the class files, unless they are those of what lies in RESULTS.

    Also those that a run did not come to write, because it was ended.
    """
    with hold(results):
        if not class_is_current(results, labs):
            _write(results, labs)


def _write(results: Path, labs: Sequence[Assignment]) -> ClassSummary:
    unreadable: list[UnreadableResult] = []
    texts: list[tuple[str, str, Path]] = []
    summary = summarise(read_entries(results, unreadable, texts), labs).model_copy(
        update={
            "duplicates": fingerprint_files.compare(texts),
            "unreadable": tuple(unreadable),
            "sources": sources_digest(results, labs),
        }
    )
    grades = (BOM + grades_csv(summary)).encode()  # Excel garbles names without the mark
    beside = {GRADES: hashlib.sha256(grades), CLASS_HTML: hashlib.sha256()}

    def page() -> Iterator[bytes]:
        for part in class_html_parts(summary, catalog.folder("templates")):
            content = part.encode()
            beside[CLASS_HTML].update(content)
            yield content

    def whole() -> ClassSummary:
        digests = {name: found.hexdigest() for name, found in beside.items()}
        return summary.model_copy(update={"beside": digests})

    write_together(
        [
            (results / GRADES, [grades]),
            (results / CLASS_HTML, page()),
            (results / CLASS_JSON, (make().to_json().encode() for make in [whole])),
        ]
    )
    return whole()


def read_entries(
    results: Path, unreadable: list[UnreadableResult], texts: list[tuple[str, str, Path]]
) -> Iterator[GradedEntry]:
    """Yield the submissions of RESULTS in order of their folders.

    Id, digest and folder of each are added to `texts`; what cannot be read, to `unreadable`.
    """
    for folder in store.folders(results):
        entry = _read_entry(folder, unreadable)
        if entry:
            submission = entry.result.submission
            texts.append((submission.id, submission.digest, folder))
            yield entry


def compare_results(before: Path, after: Path) -> Changes:
    """Return what differs between two folders of results."""
    unreadable: list[UnreadableResult] = []
    changes = compare(_pairs(before, after, unreadable))
    return changes.model_copy(update={"unreadable": tuple(unreadable)})


def _pairs(
    before: Path, after: Path, unreadable: list[UnreadableResult]
) -> Iterator[tuple[GradedEntry | None, GradedEntry | None]]:
    """Yield every submission of two folders of results as it is in each, in order of name.

    A submission that cannot be read on one side is on neither, and added to `unreadable`.
    """
    both = [{folder.name: folder for folder in result_folders(side)} for side in (before, after)]
    for name in sorted({*both[0], *both[1]}):
        folders = [side[name] for side in both if name in side]
        entries = {folder: _read_entry(folder, unreadable) for folder in folders}
        if all(entries.values()):
            first, second = (entries.get(side[name]) if name in side else None for side in both)
            yield first, second


def _read_entry(folder: Path, unreadable: list[UnreadableResult]) -> GradedEntry | None:
    try:
        result = store.read_whole(folder)
    except ValueError as error:
        unreadable.append(UnreadableResult(folder=visible(folder.name), why=str(error)))
        return None
    run = _run_details(folder / store.FACTS)
    return GradedEntry(result, _address(folder), run.words, run.seconds)


def result_folders(results: Path) -> list[Path]:
    """Return the folders of RESULTS that hold a result, in order of name."""
    return sorted(path.parent for path in results.glob(f"*/{store.RESULT}"))


def _address(folder: Path) -> str:
    """Return the relative, percent-encoded address of a submission's page."""
    return f"{quote(os.fsencode(folder.name), safe='')}/{store.REPORT}"


def _run_details(path: Path) -> _RunDetails:
    """Return what facts.json tells about the run; nothing where it is missing or odd."""
    try:
        labs = json.loads(path.read_bytes())["labs"]
        return _RunDetails(
            {str(lab["lab"]): {str(k): str(v) for k, v in lab["words"].items()} for lab in labs},
            {str(lab["lab"]): float(lab["seconds"]) for lab in labs if lab["seconds"]},
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return _RunDetails()
