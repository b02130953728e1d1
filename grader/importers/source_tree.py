"""A source as a tree: a folder, or a zip that another system made, read one part at a time."""

import os
import stat
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from grader.core.errors import UsageError
from grader.core.text import shorten, visible
from grader.importers.archives import list_entries, zip_name
from grader.importers.listing import (
    MAX_ARCHIVE,
    MAX_ENTRIES,
    ByteBudget,
    Listing,
    Member,
    TooLarge,
    is_junk,
)
from grader.importers.safe_names import MAX_DEPTH, Refused, oddity, refuse_twins
from grader.submission.snapshot import IGNORED, read_plain_file


@dataclass(frozen=True, slots=True)
class Tree:
    """What lies at the top of a source: folders and files by name, and what is below each.

    `below(name)` lists the files of one of them, their paths beginning with that name; it raises
    Refused when that part must not be read. `path` is the folder on disk, if it is one.
    """

    name: str
    folders: tuple[str, ...]
    files: tuple[str, ...]
    below: Callable[[str], Listing]
    path: Path | None = None
    wrapped: "Callable[[], Tree] | None" = None

    def unwrapped(self) -> "Tree":
        """Return what is in the single folder that is all there is here, or the tree itself."""
        return self.wrapped() if self.wrapped else self

    def inside(self, name: str) -> Listing:
        """Return the files in a folder with paths from there; a file by itself keeps its name."""
        listing = self.below(name)
        members = (
            replace(member, path=member.path.removeprefix(f"{name}/")) for member in listing.members
        )
        left_out = {path.removeprefix(f"{name}/"): why for path, why in listing.left_out.items()}
        return Listing(tuple(members), left_out)

    def text(self, file: str, limit: int) -> str:
        """Return the text of a file at the top; UsageError when it cannot be read."""
        try:
            (member,) = self.below(file).members
            return member.read(limit).decode("utf-8-sig")
        except (Refused, ValueError) as error:
            raise UsageError(
                f"{file} in {self.name} cannot be read as text: {error}. Export it again."
            ) from error


@contextmanager
def open_tree(source: Path) -> Iterator[Tree]:
    """Yield a source; UsageError when there is none or it cannot be opened."""
    if source.is_dir():
        yield _folder(source.resolve())
        return
    if not source.exists():
        raise UsageError(f"{source} does not exist. Name the folder or the zip to import.")
    try:
        archive = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UsageError(
            f"{source} is neither a folder nor a zip that can be opened ({error}). Download it "
            "again, or unpack it and name the folder."
        ) from error
    with archive:
        yield _zip(source.name, archive)


def _folder(path: Path) -> Tree:
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from error
    seen = [e for e in entries if not e.name.startswith(".") and not is_junk(f"{e.name}/x")]
    folders = tuple(e.name for e in seen if e.is_dir(follow_symlinks=False))
    files = tuple(e.name for e in seen if e.name not in folders and not is_junk(e.name))
    tree = Tree(path.name, folders, files, lambda name: list_folder(path, name), path)
    if len(folders) == 1 and not files:
        return replace(tree, wrapped=lambda: _folder(path / folders[0]))
    return tree


def list_folder(root: Path, name: str) -> Listing:
    """Return the files at or below `root`/`name`; links are never followed."""
    members: list[Member] = []
    left_out: dict[str, str] = {}
    for path in _walk(root / name, MAX_DEPTH):
        shown = path.relative_to(root).as_posix()
        if is_junk(shown):
            continue
        if len(members) >= MAX_ENTRIES:
            raise Refused(f"it holds more than {MAX_ENTRIES:,} files")
        why = oddity(shown.removeprefix(f"{name}/"))
        if why:
            left_out[visible(shown)] = why
            continue
        state = path.lstat()
        members.append(Member(shown, _reader(path), bool(state.st_mode & stat.S_IXUSR)))
    return Listing(tuple(members), left_out)


def _walk(path: Path, depth: int) -> Iterator[Path]:
    """Yield what is no folder, in order of name, and folders that lie too deep to look into."""
    if depth < 0 or not stat.S_ISDIR(path.lstat().st_mode):
        yield path
        return
    try:
        entries = sorted(os.scandir(path), key=lambda entry: entry.name)
    except OSError as error:
        raise Refused(f"{shorten(path.name)!r} cannot be read ({error.strerror})") from error
    for entry in entries:
        if entry.name not in IGNORED:
            yield from _walk(path / entry.name, depth - 1)


def _reader(path: Path) -> Callable[[int], bytes]:
    def read(limit: int) -> bytes:
        try:
            content, why = read_plain_file(path, limit)
        except OSError as error:
            content, why = None, f"it cannot be read on this machine ({error.strerror})"
        if content is None:
            raise TooLarge(limit) if why.startswith("with it") else Refused(why)
        return content

    return read


def _zip(name: str, archive: zipfile.ZipFile, prefix: str = "") -> Tree:
    infos: dict[str, list[zipfile.ZipInfo]] = {}
    folders: set[str] = set()
    for info in archive.infolist():
        path = zip_name(info).replace("\\", "/")
        if not path.startswith(prefix) or is_junk(path):
            continue
        top, slash, _ = path.removeprefix(prefix).partition("/")
        # What begins with a slash belongs to nobody, and is said to.
        infos.setdefault(top or "/", []).append(info)
        if slash:
            folders.add(top or "/")

    def below(top: str) -> Listing:
        outer = f"{prefix}{top}/"
        listing = list_entries(archive, infos[top], ByteBudget(2 * MAX_ARCHIVE), outer)
        refuse_twins(member.path for member in listing.members)
        members = (
            replace(member, path=member.path.removeprefix(prefix)) for member in listing.members
        )
        return Listing(tuple(members), listing.left_out)

    files = tuple(sorted(infos.keys() - folders))
    tree = Tree(name, tuple(sorted(folders)), files, below)
    if len(folders) == 1 and not files and not prefix:
        return replace(tree, wrapped=lambda: _zip(name, archive, f"{tree.folders[0]}/"))
    return tree
