"""Which names from outside may become names on this machine, and which two cannot both.

Nothing is repaired: a path that climbs, or two names that some machine cannot tell apart, says
that somebody tampered or that a choice would have to be guessed.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping

from grader.core.text import shorten, visible
from grader.results.folder_names import unfit_name

MAX_NAME, MAX_PATH, MAX_DEPTH = 255, 1024, 24
MAX_ID = 80
# Letters of other scripts that look like Latin ones: Cyrillic small and capital, Greek.
_ALIKE = str.maketrans(
    "\u0430\u0441\u0435\u043e\u0440\u0445\u0443\u0455\u0456\u0458\u0501\u04bb\u051b\u051d"
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf\u03bd\u03b9",
    "aceopxysijdhqwABEKMHOPCTXABEZHIKMNOPTYXovi",
)
_DRIVE = re.compile(r"^[A-Za-z]:")


class Refused(Exception):  # noqa: N818 - a decision, with its reason
    """Something from outside must not be taken; the message says why and what to do."""


def safe_path(name: str) -> str:
    """Return a path inside an archive with `/` between its parts; Refused if it points outside.

    Backslashes separate too: some Windows programs write them.
    """
    path = name.replace("\\", "/")
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        raise Refused(f"the entry {shorten(name)!r} points outside of the archive")
    return "/".join(part for part in path.split("/") if part not in {"", "."})


def oddity(path: str) -> str:
    """Return why no file may have this name here, or "" if one may."""
    parts = path.split("/")
    if path != visible(path):
        return "its name holds characters that are not plain text"
    if any(part != part.rstrip(". ") for part in parts):
        return "its name ends with a space or a full stop"
    if any(len(part.encode()) > MAX_NAME for part in parts) or len(path.encode()) > MAX_PATH:
        return "its name is too long"
    if len(parts) > MAX_DEPTH:
        return "it lies too deep"
    return ""


def folded(name: str) -> str:
    """Return what two names have in common that some machine or eye cannot tell apart."""
    plain = unicodedata.normalize("NFKC", name).translate(_ALIKE).casefold()
    return unicodedata.normalize("NFKC", plain).rstrip(". ")


def refuse_twins(paths: Iterable[str]) -> None:
    """Raise Refused when two files cannot both exist: equal names, alike, or one a folder too."""
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    known: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in known:
            known.add(folder)
            _claim(folders, folder)
            folder = folder.rpartition("/")[0]
        if files.get(folded(path)) == path:
            raise Refused(f"two entries have the name {shorten(path)!r}")
        _claim(files, path)
    for key in files.keys() & folders.keys():
        raise Refused(f"{shorten(files[key])!r} is a file and a folder at once")


def _claim(taken: dict[str, str], path: str) -> None:
    first = taken.setdefault(folded(path), path)
    if first != path:
        raise Refused(
            f"not every machine and eye can tell {shorten(first)!r} and {shorten(path)!r} apart"
        )


def bad_id(text: str) -> str:
    """Return why an id cannot be the name of a submission's folder, or ""."""
    if text.startswith((".", "-")):
        return "it begins with a full stop or a hyphen"
    if len(text) > MAX_ID or len(text.encode(errors="replace")) > 2 * MAX_ID:
        return f"it is longer than {MAX_ID} characters"
    return unfit_name(text)


def folder_name(text: str) -> str:
    """Return a readable folder name, fit to be an id, for any text; equal texts give equal names.

    What cannot stand in a name is left out, and then a few digits of the text's own hash keep
    different texts apart.
    """
    plain = unicodedata.normalize("NFKC", text)
    name = re.sub(r"[^\w.@+-]+", "-", plain).strip("-. ")
    if name == text and not bad_id(name):
        return name
    mark = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    room = MAX_ID - len(mark) - 1
    name = name[:room].encode()[: 2 * room].decode(errors="ignore").rstrip("-. ")
    return f"{name}-{mark}" if name else mark


def twins(names: Iterable[str]) -> Mapping[str, list[str]]:
    """Return the groups of different names that fold to the same."""
    groups: dict[str, list[str]] = {}
    for name in dict.fromkeys(names):
        groups.setdefault(folded(name), []).append(name)
    return {key: group for key, group in groups.items() if len(group) > 1}
