"""How causes in images with programs of the student's own are looked for: reasons and lines."""

import re
from collections.abc import Iterator

from grader.judge.causes.cause import Case, Finding, Look, quote, told

Line = tuple[str, int, str]
_EXIT_0 = r"exit\(\s*0?\s*\)"


def code(case: Case) -> Iterator[Line]:
    """Yield the lines of the student's own files that the image takes in: file, number, text.

    Comments and Dockerfiles are left out; a file is taken in where its name, or all of the folder,
    stands behind COPY or ADD.
    """
    entries = case.every("COPY", "ADD")
    copies = " ".join(entry.text for entry in entries)
    every = any(re.match(r"(--\S+\s+)*(\./?|\*\S*)\s", entry.text) for entry in entries)
    for name, text in case.context.facts.sources.items():
        if name.startswith("Dockerfile") or not (every or name.rpartition("/")[2] in copies):
            continue
        for number, line in enumerate(text.split("\n"), 1):
            if line.strip() and (not line.lstrip().startswith("#") or line.startswith("#!")):
                yield name, number, told(line.strip())


def first_line(case: Case, pattern: str) -> Line | None:
    """Return the first line of code, or else of the Dockerfile, in which a pattern is found."""
    found = next((line for line in code(case) if re.search(pattern, line[2])), None)
    if found:
        return found
    written = case.image.written if case.image else ()
    for entry in written:
        if re.search(pattern, f"{entry.name} {entry.text}"):
            return case.file, entry.line, f"{entry.name} {entry.text}"
    return None


def found_in(
    reason: str, line: str = "", *, also: str = "", absent: str = "", tail: str = ""
) -> Look:
    """Return a look: a check that failed for this reason, and a line with this pattern.

    `line`, `also` and `absent` are looked for in the image's own code and in its Dockerfile.
    Without a line to look for, the sentence is the reason. Only checks with that reason are
    explained.
    """

    def look(case: Case) -> Finding | None:
        matching = [(c.id, r.reason) for c, r in case.failed if re.search(reason, r.reason)]
        if not matching or case.image is None or (absent and first_line(case, absent)):
            return None
        if also and not first_line(case, also):
            return None
        ids = tuple(name for name, _ in matching)
        why = matching[0][1]
        if not line:
            return Finding(f"{case.file}{tail}" if tail else why, checks=ids)
        found = first_line(case, line)
        if found is None:
            return None
        file, number, text = found
        return Finding(f"{quote(file, number, text)}{tail or f'. {why}'}", number, file, checks=ids)

    return look


def swallowed(reason: str) -> Look:
    """Return a look: a check that failed for this reason, and an `except` after which all is well.

    That is one whose own lines end the program with 0, or neither end it nor raise.
    """

    def look(case: Case) -> Finding | None:
        ids = tuple(check.id for check, result in case.failed if re.search(reason, result.reason))
        copied = {name for name, _, _ in code(case)}
        for name in sorted(copied if ids else ()):
            rows = case.context.facts.sources[name].split("\n")
            for number, row in enumerate(rows, 1):
                if not re.match(r"\s*except\b", row):
                    continue
                body = "\n".join(_below(rows, number))
                if re.search(r"\braise\b|exit\(\s*[^)\s0]|\b(return|continue)\b", body):
                    continue
                ends = re.search(_EXIT_0, body)
                # Where another line ends it with 0, that line is what did.
                if not ends and first_line(case, _EXIT_0):
                    continue
                said = quote(name, number, row.strip())
                how = "ends with 0" if ends else "goes on"
                end = f"{said}: what went wrong is caught there, and the program {how}."
                return Finding(end, number, name, checks=ids)
        return None

    return look


def _below(rows: list[str], number: int) -> Iterator[str]:
    """Yield the rows that are indented below one; `number` is that row's, counted from 1."""
    depth = len(rows[number - 1]) - len(rows[number - 1].lstrip())
    for row in rows[number:]:
        if row.strip() and len(row) - len(row.lstrip()) <= depth:
            return
        yield row
