"""Which files of a folder `docker build` sends: all but those that its .dockerignore leaves out.

The engine takes what it is sent; it is the command line that reads .dockerignore, so the grader has
to do it, too. Where the builders differ, a file that one of them sends is kept: the classic one
does not look for `!**/*.py` inside a folder that is left out as a whole, BuildKit does.
"""

import posixpath
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import re2

from grader.build.dockerfile.characters import shown

NAME = ".dockerignore"
MOST_PATTERNS = 1000
_MEMORY = 1 << 20


class DockerignoreError(Exception):
    """A .dockerignore at which `docker build` stops; the text says why, with the line."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """One line: `keeps` where it begins with `!`; `regex` matches a whole path."""

    keeps: bool
    regex: Any


def left_out(content: bytes, paths: Collection[str]) -> frozenset[str]:
    """Return those of a folder's paths that `docker build` does not send.

    `content` is the .dockerignore's; `paths` are relative, with `/`. The last line that matches a
    path, or a folder above it, decides. Raises DockerignoreError.
    """
    patterns = _patterns(content.decode("utf-8-sig", errors="replace"))
    return frozenset(path for path in paths if _is_left_out(path, patterns))


def _patterns(text: str) -> list[_Pattern]:
    found: list[_Pattern] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("#") or not (written := line.strip()):
            continue
        keeps = written.startswith("!")
        pattern = written.removeprefix("!").strip()
        if keeps and not pattern:
            raise DockerignoreError(f"line {number}: nothing stands behind the !")
        # As Go's filepath.Clean below the root: `./data/`, `/data` and `x/../data` are `data`.
        pattern = posixpath.normpath("/" + pattern.lstrip("/")).lstrip("/")
        if pattern in {"", "."} or written.startswith(".."):
            continue
        if len(found) == MOST_PATTERNS:
            raise DockerignoreError(f"it has more than {MOST_PATTERNS} lines that leave files out")
        found.append(_Pattern(keeps, _compiled(pattern, number)))
    return found


def _compiled(pattern: str, number: int) -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(_regex(pattern), options=options)
    except (re2.error, ValueError):
        why = f'line {number}: "{shown(pattern)}" is no pattern; each [ needs its ]'
        raise DockerignoreError(why) from None


def _regex(pattern: str) -> str:
    """Return a pattern of Go's filepath.Match, and `**` for any folders, as one of RE2.

    A set in brackets is one of RE2's as it stands: `[^a]` is any other letter, `[!a]` is ! or a.
    """
    found, at = [], 0
    while at < len(pattern):
        letter = pattern[at]
        at += 1
        if letter == "*" and pattern[at : at + 1] == "*":
            at += 1
            at += pattern[at : at + 1] == "/"
            found.append("(?:.*/)?" if at < len(pattern) else ".*")
        elif letter == "*":
            found.append("[^/]*")
        elif letter == "?":
            found.append("[^/]")
        elif letter == "[":
            end = pattern.index("]", at)
            found.append(pattern[at - 1 : end + 1])
            at = end + 1
        elif letter == "\\" and at < len(pattern):
            found.append(re2.escape(pattern[at]))
            at += 1
        else:
            found.append(re2.escape(letter))
    return "".join(found)


def _is_left_out(path: str, patterns: Collection[_Pattern]) -> bool:
    parts = path.split("/")
    whole = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
    out = False
    for pattern in patterns:
        # A line that can change nothing is not tried.
        if pattern.keeps == out and any(pattern.regex.fullmatch(each) for each in whole):
            out = not pattern.keeps
    return out
