"""The Dockerfile as the builder gets it: what a student wrote, line by line, with three changes.

Each FROM of an allowed base names the image that was measured, by its id: a tag that moves while a
class is graded would give those who come later another base. Below each FROM stands a label, so
that every intermediate image of a build can be found again, also of a build that fails; the API's
own `labels` parameter reaches only the last image. And a `# syntax=` line is left out: BuildKit
would ask a registry for the builder it names.
"""

import codecs
from collections.abc import Mapping

from grader.build.dockerfile.parsed import Dockerfile, Stage
from grader.build.dockerfile.stage_bases import Base

_MARK = codecs.BOM_UTF8


def rewrite(
    raw: bytes, dockerfile: Dockerfile, bases: tuple[Base, ...], ids: Mapping[str, str], label: str
) -> bytes:
    """Return the bytes to build from `raw`, the file that `dockerfile` was read from.

    `bases` are the bases of its stages, in order, and `ids` the ids of all images they name, by the
    name that the course uses. `label` is what stands behind LABEL. Each other line keeps its number
    but for the labels above it. Bytes that are no UTF-8 stay as they are.
    """
    # Lines end where the parser ends them, at a newline: splitlines() knows ten more characters.
    rows = raw.removeprefix(_MARK).split(b"\n")
    for directive in dockerfile.directives:
        if directive.name == "syntax":
            rows[directive.line - 1] = b""
    stages = dockerfile.stages()
    for stage, base in reversed(tuple(zip(stages, bases, strict=True))):
        first, end = stage.source.line - 1, stage.source.end_line
        if base.parent is None and base.image is not None:
            rows[first:end] = [_from(stage, ids[base.image]), *[b""] * (end - first - 1)]
        rows.insert(end, f"LABEL {label}".encode())
    return b"\n".join(_directives_first(rows, dockerfile))


def _from(stage: Stage, image_id: str) -> bytes:
    alias = f" AS {stage.alias}" if stage.alias is not None else ""
    return f"FROM {image_id}{alias}".encode()


def _directives_first(rows: list[bytes], dockerfile: Dockerfile) -> list[bytes]:
    """Return the rows with emptied ones behind the other directives: an empty line ends those."""
    top = len(dockerfile.directives)
    return [
        *(row for row in rows[:top] if row),
        *(row for row in rows[:top] if not row),
        *rows[top:],
    ]
