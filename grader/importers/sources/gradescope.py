"""Gradescope's "Export Submissions": a folder for each, and `submission_metadata.yml`.

The zip holds `assignment_<n>_export/` with that file and `submission_<n>/` folders, already
unpacked. The file maps each folder's name to `:submitters:` (`:name:`, `:sid:`, `:email:`),
`:created_at:` (the submission's time, in UTC), results and the history of earlier ones; Ruby
writes it, so keys begin with a colon and values may be aliases. A group's submission has several
submitters: each gets a copy. Only those few keys are looked at, as events: a whole file of results
can be large.
"""

from collections.abc import Iterator
from functools import partial

import yaml

from grader.core.errors import UsageError
from grader.core.import_record import Person
from grader.core.times import parse_time
from grader.importers.import_request import Findings, FoundSubmission, ImportRequest, SourceSystem
from grader.importers.safe_names import folder_name
from grader.importers.source_tree import Tree

METADATA = "submission_metadata.yml"
MAX_BYTES = 64 * 1024 * 1024
_MAX_DEPTH = 60
_KEYS = (":submitters", ":created_at")
Plain = str | list["Plain"] | dict[str, "Plain"] | None
_LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _claims(tree: Tree, asked: ImportRequest) -> bool:
    del asked
    return METADATA in tree.files


def _find(tree: Tree, asked: ImportRequest) -> Findings:
    del asked
    if METADATA not in tree.files:
        raise UsageError(
            f"There is no {METADATA} in {tree.name}. Export the submissions from Gradescope's "
            "'Review Grades' page, and name that zip or its folder."
        )
    text = tree.text(METADATA, MAX_BYTES)
    try:
        metadata = _load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UsageError(f"{METADATA} cannot be read: {error}. Export it again.") from error
    found: list[FoundSubmission] = []
    unknown = [name for name in tree.folders if name not in metadata]
    unknown += [name for name in tree.files if name not in metadata and name != METADATA]
    for name, about in metadata.items():
        if not isinstance(about, dict) or name not in {*tree.folders, *tree.files}:
            unknown.append(f"{name} in {METADATA}")
            continue
        found += _submitters(tree, name, about)
    return Findings(tuple(found), tuple(unknown))


def _submitters(tree: Tree, name: str, about: dict[str, Plain]) -> Iterator[FoundSubmission]:
    at = about.get(":created_at")
    try:
        made = parse_time(at) if isinstance(at, str) else None
    except ValueError:
        made = None
    people = about.get(":submitters")
    for one in people if isinstance(people, list) and people else [{}]:
        known = (
            {key: text for key, text in one.items() if isinstance(text, str)}
            if isinstance(one, dict)
            else {}
        )
        sid, email = known.get(":sid", ""), known.get(":email", "")
        yield FoundSubmission(
            name,
            Person(
                id=folder_name(sid or email.partition("@")[0] or name),
                name=known.get(":name", ""),
                sis_id=sid,
                email=email,
            ),
            partial(tree.inside, name),
            made,
            "source" if made is not None else "",
        )


def _load(text: str) -> dict[str, Plain]:
    """Return the metadata's first three levels as text, the rest left out."""
    events = yaml.parse(text, Loader=_LOADER)
    anchors: dict[str, Plain] = {}
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            value = _node(next(events), events, anchors, 0)
            return value if isinstance(value, dict) else {}
    return {}


def _node(
    event: yaml.Event, events: Iterator[yaml.Event], anchors: dict[str, Plain], depth: int
) -> Plain:
    if depth > _MAX_DEPTH:
        raise ValueError("it is nested too deep")
    value: Plain = None
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(str(event.anchor))
    if isinstance(event, yaml.ScalarEvent):
        value = event.value
    elif isinstance(event, yaml.SequenceStartEvent):
        value = []
        while not isinstance(inner := next(events), yaml.SequenceEndEvent):
            value.append(_node(inner, events, anchors, depth + 1))
    elif isinstance(event, yaml.MappingStartEvent):
        value = _mapping(events, anchors, depth)
    if anchor := getattr(event, "anchor", None):
        anchors[anchor] = value
    return value


def _mapping(
    events: Iterator[yaml.Event], anchors: dict[str, Plain], depth: int
) -> dict[str, Plain]:
    value: dict[str, Plain] = {}
    while not isinstance(inner := next(events), yaml.MappingEndEvent):
        key = _node(inner, events, anchors, depth + 1)
        if depth == 1 and key not in _KEYS:
            _skip(next(events), events)
            continue
        content = _node(next(events), events, anchors, depth + 1)
        if isinstance(key, str):
            value[key] = content
    return value


def _skip(event: yaml.Event, events: Iterator[yaml.Event]) -> None:
    """Pass over one value without keeping any of it."""
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)


SYSTEM = SourceSystem("a Gradescope export", _claims, _find)
