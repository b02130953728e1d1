"""How causes in images with programs of the student's own are looked for: reasons and lines."""

import re
from collections.abc import Iterator

from grader.judge.causes.cause import Case, Finding, Look

Line = tuple[str, int, str]


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
                yield name, number, line.strip()


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
        quote = f"{file}, line {number}, says «{text[:120]}»"
        return Finding(f"{quote}{tail or f'. {why}'}", number, file, checks=ids)

    return look
