"""Imports a source: finds out who is who, then reads and places one submission after the other."""

import logging
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from grader.core.errors import UsageError
from grader.core.import_record import Imported, Person, handed_in
from grader.core.text import shorten, visible
from grader.core.times import parse_time, show_time
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest
from grader.importers.lab_folders import SubmissionContent, collect
from grader.importers.safe_names import Refused
from grader.importers.source_tree import open_tree
from grader.importers.students import joined, latest_of, shown, without_renamed
from grader.importers.systems import KINDS, choose
from grader.importers.write_folders import (
    PROBLEM,
    alone,
    announce,
    announced,
    conclude,
    digest_of,
    put,
    read_record,
    refuse_unfit,
    staging,
    write_record,
)

_EMPTY = SubmissionContent().digest
_log = logging.getLogger(__name__)
Done = Literal["new", "changed", "same", "kept"]


@dataclass(frozen=True, slots=True)
class Options:
    """How to import: the lab of submissions without lab folders, and what to do in doubt."""

    kind: str | None = None
    only: str = ""
    latest: bool = False
    force: bool = False


@dataclass(slots=True)
class Report:
    """What an import did, for the person who asked for it; ids and entries as they are."""

    kind: str = ""
    notes: tuple[str, ...] = ()
    done: dict[str, Done] = field(default_factory=dict)
    problems: dict[str, tuple[str, ...]] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    left_out: dict[str, Mapping[str, str]] = field(default_factory=dict)
    strangers: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    superseded: list[str] = field(default_factory=list)


def import_source(source: Path, target: Path, asked: ImportRequest, options: Options) -> Report:
    """Import everything in `source` into the folder `target` and return what was done.

    UsageError, before anything is written, when it is not clear whose a submission is.
    """
    _refuse_overlap(source, target)
    report = Report()
    with ExitStack() as stack:
        whole = stack.enter_context(open_tree(source))
        report.kind, tree = choose(whole, asked, options.kind)
        findings = KINDS[report.kind].find(tree, asked)
        _log.info("%s is read as %s: %d entries", source, report.kind, len(findings.found))
        _refuse_nothing(source, report.kind, findings)
        report.notes, report.unknown = findings.notes, findings.unknown
        chosen = _assign(findings, asked, options, report)
        stack.enter_context(alone(target))
        before = without_renamed(target, chosen, read_record(target))
        _refuse_foreign(target, [*chosen, *(p.id for p in asked.roster.people)], before)
        records, ours = dict(before), announced(target)
        with staging(target) as stage:
            # Said before it is done: what a killed import placed is then known to be an import's.
            write_record(target, {**_planned(report.kind, chosen, asked), **before})
            for name, (person, found) in chosen.items():
                content = _content(found, asked, options)
                entry = _entry(report.kind, person, found, content)
                known = before.get(name)
                placed = ours.get(name, frozenset()) | {known.digest if known else "", _EMPTY}
                records[name] = _keep(target, stage, entry, content, known, placed, options, report)
                _log_entry(found.entry, name, report.done[name], content)
            with_others = _credited(chosen, asked)
            for person in asked.roster.people:
                if person.id not in {*chosen, *with_others} and _without(person, before):
                    _put_missing(target, stage, person, records)
                    report.missing.append(person.id)
                    _log.info("%s handed nothing in: an empty folder", person.id)
            conclude(target, records)
        report.gone = [
            name
            for name, entry in before.items()
            if entry.source == report.kind and not entry.missing and name not in chosen
        ]
    return report


def _assign(
    findings: Findings, asked: ImportRequest, options: Options, report: Report
) -> dict[str, tuple[Person, FoundSubmission]]:
    """Return each student's one submission by id; UsageError lists students that have several."""
    several: dict[str, list[tuple[Person, FoundSubmission]]] = {}
    for found in findings.found:
        person = asked.roster.find(found.person)
        if asked.roster.people and not asked.roster.members(found.person):
            _log.info("%s is of nobody in the roster", found.entry)
            report.strangers.append(f"{found.entry} ({found.person.id})")
        person = joined(person, shown(found.person))
        several.setdefault(person.id, []).append((person, found))
    refuse_unfit(list(several) + [person.id for person in asked.roster.people])
    chosen: dict[str, tuple[Person, FoundSubmission]] = {}
    unclear: list[str] = []
    for name, entries in sorted(several.items()):
        latest = latest_of(entries) if options.latest else None
        if len(entries) == 1:
            chosen[name] = entries[0]
        elif latest:
            chosen[name] = latest
            report.superseded += [f.entry for _, f in entries if f is not latest[1]]
        else:
            listed = ", ".join(shorten(found.entry) for _, found in entries)
            unclear.append(f"{shorten(name)}: {listed}")
    if unclear:
        advice = (
            "Not all of them have a time to choose by; take the others out of the source."
            if options.latest
            else "Take the others out of the source, or let --latest choose where it has times."
        )
        raise UsageError(
            "These students have more than one submission:\n" + "\n".join(unclear) + f"\n{advice}"
        )
    return chosen


def _log_entry(entry: str, name: str, done: Done, content: SubmissionContent) -> None:
    labs = ", ".join(content.labs) or "no lab"
    _log.info("%s -> %s: %s, %s, %d files", entry, name, done, labs, len(content.files))
    for path, why in content.left_out.items():
        _log.debug("%s: left out %s: %s", name, path, why)
    for problem in content.problems:
        _log.warning("%s: %s", name, problem)


def _content(found: FoundSubmission, asked: ImportRequest, options: Options) -> SubmissionContent:
    try:
        content = collect(found.listing(), asked.labs, options.only)
    except Refused as refused:
        content = SubmissionContent(problems=(f"{shorten(found.entry)} was not read: {refused}.",))
    if not content.problems:
        return content
    # Whoever looks into the folder finds out; the grader does not read this file.
    note = "".join(f"{problem}\n" for problem in content.problems).encode()
    return replace(content, files={**content.files, PROBLEM: note})


def _entry(
    kind: str, person: Person, found: FoundSubmission, content: SubmissionContent
) -> Imported:
    seen = show_time(found.submitted_at) if found.submitted_at is not None else ""
    at, time_from = handed_in(seen, found.time_from, person)
    return Imported.model_validate(
        {
            "person": person,
            "source": kind,
            "entry": visible(found.entry),
            "submitted_at": show_time(parse_time(at)) if at else "",
            "time_from": time_from,
            "late": found.late,
            "digest": content.digest,
            "labs": content.labs,
            "left_out": dict(content.left_out),
            "problems": content.problems,
        }
    )


def _keep(
    target: Path,
    stage: Path,
    entry: Imported,
    content: SubmissionContent,
    known: Imported | None,
    placed: Collection[str],
    options: Options,
    report: Report,
) -> Imported:
    """Place one submission unless it is there already, or a person has changed it since.

    `known` is its record so far, `placed` the digests of all that imports may have put there.
    """
    name = entry.person.id
    there = digest_of(target / name)
    if there == entry.digest:
        report.done[name] = "same"
    elif (
        there is not None and known and there not in placed and (known.digest and not options.force)
    ):
        report.done[name] = "kept"
        return known
    else:
        announce(target, name, content.digest)
        put(target, stage, name, content)
        report.done[name] = "new" if there is None or (known and known.missing) else "changed"
    if content.problems:
        report.problems[name] = content.problems
    elif not content.labs:
        report.empty.append(name)
    if content.left_out:
        report.left_out[name] = content.left_out
    return entry


def _credited(
    chosen: Mapping[str, tuple[Person, FoundSubmission]], asked: ImportRequest
) -> set[str]:
    """Return everybody in the class whose submission is there, also a group's one."""
    handed = (asked.roster.members(person) for person, _ in chosen.values())
    return {member.id for group in handed for member in group}


def _put_missing(target: Path, stage: Path, person: Person, records: dict[str, Imported]) -> None:
    """Give a student who handed nothing in an empty folder, so that the class shows them."""
    if digest_of(target / person.id) is None:
        put(target, stage, person.id, SubmissionContent())
    records[person.id] = Imported(person=person, source="roster", digest=_EMPTY, missing=True)


def _planned(
    kind: str, chosen: Mapping[str, tuple[Person, FoundSubmission]], asked: ImportRequest
) -> dict[str, Imported]:
    """Return a record of what is about to be placed; without a digest it claims nothing yet."""
    people = {person.id: person for person in asked.roster.people}
    people |= {name: person for name, (person, _) in chosen.items()}
    return {name: Imported(person=person, source=kind) for name, person in people.items()}


def _without(person: Person, before: Mapping[str, Imported]) -> bool:
    """Return whether no import has brought anything of this student so far."""
    known = before.get(person.id)
    return known is None or known.missing or not known.digest


def _refuse_nothing(source: Path, kind: str, findings: Findings) -> None:
    if not findings.found:
        some = ", ".join(shorten(name) for name in findings.unknown[:3]) or "it is empty"
        raise UsageError(
            f"Nothing in {source} looks like {KINDS[kind].title} ({some}). Say where it comes from "
            "with --from, or name another source."
        )


def _refuse_foreign(target: Path, names: Iterable[str], before: Mapping[str, Imported]) -> None:
    """Raise UsageError for folders that are there, but that no import has made."""
    foreign = [
        name
        for name in dict.fromkeys(names)
        if name not in before and (target / name).exists() and digest_of(target / name) != _EMPTY
    ]
    if foreign:
        some = ", ".join(shorten(name) for name in foreign[:5])
        raise UsageError(
            f"{target} has folders already that no import wrote: {some}"
            f"{' and more' if len(foreign) > 5 else ''}. "  # noqa: PLR2004
            "Name another folder with --to, or move them away."
        )


def _refuse_overlap(source: Path, target: Path) -> None:
    here, there = source.resolve(), target.resolve()
    if here == there or here in there.parents or (source.is_dir() and there in here.parents):
        raise UsageError(
            f"{source} and {target} lie in one another. Name a folder outside with --to."
        )
