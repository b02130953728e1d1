"""Whether the files about a class are of what lies in RESULTS now: by content, not by time.

class.json, the last to be written, names the other two by content, and what all three were made
from. Light to import: a class of which nothing has changed is found so at once.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from grader.pipeline import judging_digest
from grader.results import store
from grader.spec.assignment import Assignment

OTHERS = (store.GRADES, store.CLASS_PAGE)
_OF_EACH = (store.RESULT, *store.BESIDE[:2], store.FINGERPRINT)


def sources_digest(results: Path, labs: Sequence[Assignment]) -> str:
    """Return a SHA-256 over all that the class files follow from: submissions, labs, our code."""
    found = hashlib.sha256(judging_digest().encode())
    found.update("".join(f" {lab.id}@{lab.digest}" for lab in labs).encode())
    for folder in store.folders(results):
        name = str(folder.name).encode("utf-8", "surrogateescape")
        found.update(b"%d %b" % (len(name), name))
        for file in _OF_EACH:
            found.update(f" {store.digest_of(folder / file)}".encode())
    return found.hexdigest()


def class_is_current(results: Path, labs: Sequence[Assignment]) -> bool:
    """Return whether the class files are there, whole, and what would be written now."""
    try:
        made = json.loads((results / store.CLASS_JSON).read_bytes())
        beside, sources = dict(made["beside"]), made["sources"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
    whole = all(beside.get(name) == store.digest_of(results / name) for name in OTHERS)
    return whole and sources == sources_digest(results, labs)


def is_class(results: Path) -> bool:
    """Return whether there are files about a class, even if writing them was cut off."""
    return any((results / name).exists() for name in (store.CLASS_JSON, *OTHERS))


def fingerprints_are_current(results: Path) -> bool:
    """Return whether a fingerprint of what was graded lies beside every result."""
    for folder in store.folders(results):
        try:
            kept = json.loads((folder / store.FINGERPRINT).read_bytes())
            if kept["facts"] != store.digest_of(folder / store.FACTS):
                return False
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return False
    return True
