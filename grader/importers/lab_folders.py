"""From whatever a student handed in to lab folders: archives opened, lab folders found and lifted.

The limits are those of `grader.submission.snapshot`: what is left out here would be left out there.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.core.text import shorten
from grader.importers.archives import (
    MAX_ARCHIVE,
    Broken,
    Leaf,
    Listing,
    Room,
    TooLarge,
    archive_stem,
    open_archive,
)
from grader.importers.safe_names import Refused
from grader.submission.snapshot import MAX_BYTES, MAX_DEPTH, MAX_FILES

MAX_NESTED = 2
MAX_ARCHIVES = 20
# Everything that is read for one submission, archives included.
MAX_READ = 4 * MAX_ARCHIVE


@dataclass(frozen=True, slots=True)
class Content:
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


def collect(listing: Listing, labs: Sequence[str], only: str = "") -> Content:
    """Return what is kept of a submission with these files.

    A lab's folder may lie anywhere, also in an archive. With `only`, a submission without lab
    folders is taken as the content of that one lab.
    """
    opened = _Opened(frozenset(labs))
    opened.add(listing, 0)
    places, unclear = _places(opened.leaves, labs)
    picked = {
        lab: [(path.removeprefix(f"{place}/"), leaf) for path, leaf in _below(opened.leaves, place)]
        for lab, place in places.items()
    }
    if not picked and not unclear and opened.leaves:
        picked[only] = list(_bare(opened.leaves))
    files: dict[str, bytes] = {}
    executable: set[str] = set()
    taken = set(picked) - {""}
    for lab, leaves in sorted(picked.items()):
        try:
            read = list(_read(leaves, lab, opened.left_out))
        except Broken as broken:
            # Half a lab would be graded as if it were the whole.
            unclear.append(f"{lab or 'The submission'} was not taken: {broken}.")
            taken.discard(lab)
            continue
        files |= {path: content for path, _, content in read}
        executable |= {path for path, leaf, _ in read if leaf.executable}
    return Content(
        files,
        frozenset(executable),
        tuple(sorted(taken)),
        opened.left_out,
        (*opened.problems, *unclear),
    )


class _Opened:
    """Opens the archives of a submission; a file in one has the archive's name in its path."""

    def __init__(self, labs: frozenset[str]) -> None:
        self.leaves: list[Leaf] = []
        self.left_out: dict[str, str] = {}
        self.problems: list[str] = []
        self._labs = labs
        self._room = Room(MAX_READ)
        self._archives = 0

    def add(self, listing: Listing, depth: int, inside: str = "") -> None:
        self.left_out |= {inside + path: why for path, why in listing.left_out.items()}
        for leaf in listing.leaves:
            path = inside + leaf.path
            if archive_stem(path) is None or self._belongs(path):
                self.leaves.append(Leaf(path, leaf.read, leaf.executable))
            elif depth >= MAX_NESTED:
                self.left_out[path] = "it is an archive in an archive in an archive"
            else:
                self._open(path, leaf, depth)

    def _belongs(self, path: str) -> bool:
        """Return whether an archive is part of a lab, as material, and stays packed."""
        return any(lab_of(part, self._labs) for part in path.split("/")[:-1])

    def _open(self, path: str, leaf: Leaf, depth: int) -> None:
        self._archives += 1
        if self._archives > MAX_ARCHIVES:
            self.left_out[path] = f"more than {MAX_ARCHIVES} archives are not opened"
            return
        try:
            content = leaf.read(MAX_ARCHIVE)
            self._room.take(len(content))
            self.add(open_archive(content, self._room), depth + 1, f"{path}/")
        except Refused as refused:
            self.problems.append(f"{shorten(path)} was not opened: {refused}.")


def lab_of(part: str, labs: frozenset[str]) -> str:
    """Return the lab that a folder, or an archive opened as one, is named after, or ""."""
    stem = archive_stem(part) or part
    return stem if stem in labs else ""


def _places(leaves: Iterable[Leaf], labs: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Return where each lab lies; a lab that lies in two places is a problem, and in none."""
    known = frozenset(labs)
    below: dict[str, dict[str, list[str]]] = {}
    for leaf in leaves:
        parts = leaf.path.split("/")
        for end, part in enumerate(parts[:-1], start=1):
            if lab := lab_of(part, known):
                below.setdefault(lab, {}).setdefault("/".join(parts[:end]), []).append(leaf.path)
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


def _below(leaves: Iterable[Leaf], place: str) -> Iterator[tuple[str, Leaf]]:
    return ((leaf.path, leaf) for leaf in leaves if leaf.path.startswith(f"{place}/"))


def _bare(leaves: Sequence[Leaf]) -> Iterator[tuple[str, Leaf]]:
    """Yield files without the folders and archives that all of them lie in."""
    parts = [leaf.path.split("/")[:-1] for leaf in leaves]
    shared = 0
    while all(len(p) > shared and p[shared] == parts[0][shared] for p in parts):
        shared += 1
    for leaf in leaves:
        yield "/".join(leaf.path.split("/")[shared:]), leaf


def _read(
    leaves: list[tuple[str, Leaf]], lab: str, left_out: dict[str, str]
) -> Iterator[tuple[str, Leaf, bytes]]:
    """Yield a lab's files in order of name, up to the limits; say what is over them."""
    room, count = MAX_BYTES, 0
    for path, leaf in sorted(leaves, key=lambda entry: entry[0]):
        shown = f"{lab}/{path}" if lab else path
        if path.count("/") > MAX_DEPTH:
            left_out[shown] = "it lies too deep"
            continue
        if count >= MAX_FILES:
            left_out[f"{lab}/..."] = f"more than {MAX_FILES} files; the rest was not read"
            return
        try:
            content = leaf.read(room)
        except TooLarge:
            left_out[shown] = f"with it the lab would be larger than {MAX_BYTES // 1024**2} MiB"
            continue
        except Broken as broken:
            raise Broken(f"{shorten(leaf.path)}: {broken}") from broken
        except Refused as refused:
            left_out[shown] = str(refused)
            continue
        room, count = room - len(content), count + 1
        yield shown, leaf, content
