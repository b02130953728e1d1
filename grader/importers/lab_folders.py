"""From whatever a student handed in to lab folders: archives opened, lab folders found and lifted.

The limits are those of `grader.submission.snapshot`: what is left out here would be left out there.
"""

import hashlib
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.core.text import shorten
from grader.importers.archives import archive_stem, open_archive
from grader.importers.listing import MAX_ARCHIVE, Broken, ByteBudget, Listing, Member, TooLarge
from grader.importers.safe_names import Refused
from grader.submission.snapshot import MAX_BYTES, MAX_DEPTH, MAX_FILES

_log = logging.getLogger(__name__)
MAX_NESTED = 2
MAX_ARCHIVES = 20
# Everything that is read for one submission, archives included.
MAX_READ = 4 * MAX_ARCHIVE


@dataclass(frozen=True, slots=True)
class SubmissionContent:
    """What is kept of one submission: files by relative path, and what to know about the rest.

    `labs` are the labs that were found. `problems` are for a person: somebody has to look.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    executable: frozenset[str] = frozenset()
    labs: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Return a SHA-256 over the files."""
        total = hashlib.sha256()
        for name, content in sorted(self.files.items()):
            total.update(f"{name}\0{name in self.executable}\0{len(content)}\0".encode())
            total.update(content)
        return total.hexdigest()


def collect(listing: Listing, labs: Sequence[str], only: str = "") -> SubmissionContent:
    """Return what is kept of a submission with these files.

    A lab's folder may lie anywhere, also in an archive. With `only`, a submission without lab
    folders is taken as the content of that one lab.
    """
    opened = _Opened(frozenset(labs))
    opened.add(listing, 0)
    places, unclear = _places(opened.members, labs)
    picked = {
        lab: [
            (path.removeprefix(f"{place}/"), member)
            for path, member in _below(opened.members, place)
        ]
        for lab, place in places.items()
    }
    unclear += _near_names(opened.members, frozenset(labs), places)
    if not picked and not unclear and opened.members:
        picked[only] = list(_bare(opened.members))
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    taken = set(picked) - {""}
    for lab, members in sorted(picked.items()):
        try:
            read = list(_read(members, lab, opened.left_out))
        except Broken as broken:
            # Half a lab would be graded as if it were the whole.
            unclear.append(f"{lab or 'The submission'} was not taken: {broken}.")
            taken.discard(lab)
            continue
        files |= {path: content for path, _, content in read}
        executable |= {path for path, member, _ in read if member.executable}
    return SubmissionContent(
        files,
        frozenset(executable),
        tuple(sorted(taken)),
        opened.left_out,
        (*opened.problems, *unclear),
    )


class _Opened:
    """Opens the archives of a submission; a file in one has the archive's name in its path."""

    def __init__(self, labs: frozenset[str]) -> None:
        self.members: list[Member] = []
        self.left_out: dict[str, str] = {}
        self.problems: list[str] = []
        self._labs = labs
        self._budget = ByteBudget(MAX_READ)
        self._archives = 0

    def add(self, listing: Listing, depth: int, inside: str = "") -> None:
        self.left_out |= {inside + path: why for path, why in listing.left_out.items()}
        for member in listing.members:
            path = inside + member.path
            if archive_stem(path) is None or self._belongs(path):
                self.members.append(Member(path, member.read, member.executable))
            elif depth >= MAX_NESTED:
                self.left_out[path] = "it is an archive in an archive in an archive"
            else:
                self._open(path, member, depth)

    def _belongs(self, path: str) -> bool:
        """Return whether an archive is part of a lab, as material, and stays packed."""
        return any(lab_of(part, self._labs) for part in path.split("/")[:-1])

    def _open(self, path: str, member: Member, depth: int) -> None:
        self._archives += 1
        if self._archives > MAX_ARCHIVES:
            self.left_out[path] = f"more than {MAX_ARCHIVES} archives are not opened"
            return
        try:
            content = member.read(MAX_ARCHIVE)
            self._budget.take(len(content))
            listing = open_archive(content, self._budget)
            _log.debug("opened %s: %d files", path, len(listing.members))
            self.add(listing, depth + 1, f"{path}/")
        except Refused as refused:
            self.problems.append(f"{shorten(path)} was not opened: {refused}.")


def lab_of(part: str, labs: frozenset[str]) -> str:
    """Return the lab that a folder, or an archive opened as one, is named after, or ""."""
    stem = archive_stem(part) or part
    return stem if stem in labs else ""


def _places(members: Iterable[Member], labs: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return where each lab lies; a lab that lies in two places is a problem, and in none."""
    known = frozenset(labs)
    below: dict[str, dict[str, list[str]]] = {}
    for member in members:
        parts = member.path.split("/")
        for end, part in enumerate(parts[:-1], start=1):
            if lab := lab_of(part, known):
                below.setdefault(lab, {}).setdefault("/".join(parts[:end]), []).append(member.path)
                break
    places: dict[str, str] = {}
    unclear: list[str] = []
    for lab, found in below.items():
        candidates = [_innermost(place, paths, lab, known) for place, paths in found.items()]
        flat = [place for group in candidates for place in group]
        if len(flat) == 1:
            places[lab] = flat[0]
        else:
            named = " and ".join(shorten(place) for place in sorted(flat)[:3])
            unclear.append(
                f"{lab} lies in {len(flat)} places ({named}): keep one, hand in again, or copy "
                "the right one by hand."
            )
    return places, unclear


# What browsers, file managers and people make of a folder's name when they copy it.
_COPY = re.compile(r"(?:[ _-]*(?:\(\d{1,3}\)|copy|kopie|copia))+$", re.IGNORECASE)


def _near_names(
    members: Iterable[Member], labs: frozenset[str], places: Mapping[str, str]
) -> list[str]:
    """Return a sentence for each folder that is called almost like a lab that was not found."""
    plain = {_plain(lab): lab for lab in sorted(labs)}
    near: dict[str, str] = {}
    for member in members:
        for part in member.path.split("/")[:-1]:
            lab = plain.get(_plain(archive_stem(part) or part), "")
            if lab and not lab_of(part, labs) and lab not in places:
                near.setdefault(part, lab)
    return [
        f"The folder {shorten(part)} is called almost like {lab} and was not taken: rename it to "
        f"{lab}, or copy it there by hand."
        for part, lab in sorted(near.items())
    ]


def _plain(name: str) -> str:
    """Return a folder's name without what copying adds, case and separators aside."""
    return re.sub(r"[\W_]+", "-", _COPY.sub("", name.strip()).casefold()).strip("-")


def _innermost(place: str, paths: list[str], lab: str, known: frozenset[str]) -> list[str]:
    """Return the lab's folder, looking through folders that hold nothing but its namesake."""
    while True:
        inner = {path.removeprefix(f"{place}/").split("/")[0] for path in paths}
        nested = {f"{place}/{name}" for name in inner if lab_of(name, known) == lab}
        nested = {place_ for place_ in nested if any(p.startswith(f"{place_}/") for p in paths)}
        if not nested:
            return [place]
        if len(nested) > 1 or len(inner) > 1:
            return sorted({place, *nested} if len(inner) > len(nested) else nested)
        (place,) = nested


def _below(members: Iterable[Member], place: str) -> Iterator[tuple[str, Member]]:
    return ((member.path, member) for member in members if member.path.startswith(f"{place}/"))


def _bare(members: Sequence[Member]) -> Iterator[tuple[str, Member]]:
    """Yield files without the folders and archives that all of them lie in."""
    parts = [member.path.split("/")[:-1] for member in members]
    shared = 0
    while all(len(p) > shared and p[shared] == parts[0][shared] for p in parts):
        shared += 1
    for member in members:
        yield "/".join(member.path.split("/")[shared:]), member


def _read(
    members: list[tuple[str, Member]], lab: str, left_out: dict[str, str]
) -> Iterator[tuple[str, Member, bytes]]:
    """Yield a lab's files, those of its own folder first, up to the limits; say what is over them.

    What a lab asks for lies in its own folder; no heap of files below it takes its place.
    """
    room, count = MAX_BYTES, 0
    for path, member in sorted(members, key=lambda entry: (entry[0].count("/"), entry[0])):
        shown = f"{lab}/{path}" if lab else path
        if path.count("/") > MAX_DEPTH:
            left_out[shown] = "it lies too deep"
            continue
        if count >= MAX_FILES:
            left_out[f"{lab}/..."] = f"more than {MAX_FILES} files; the rest was not read"
            return
        try:
            content = member.read(room)
        except TooLarge:
            left_out[shown] = f"with it the lab would be larger than {MAX_BYTES // 1024**2} MiB"
            continue
        except Broken as broken:
            raise Broken(f"{shorten(member.path)}: {broken}") from broken
        except Refused as refused:
            left_out[shown] = str(refused)
            continue
        room, count = room - len(content), count + 1
        yield shown, member, content
