"""Gradescope's autograder: a zip that installs the grader and runs it, the same bytes each time."""

import io
import json
import logging
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from grader.release.course import Course
from grader.release.starter import requirement
from grader.spec.assignment import Assignment

# The earliest time a zip can hold: it says nothing about when this one was made.
_TIME = (1980, 1, 1, 0, 0, 0)
_log = logging.getLogger(__name__)
_SCRIPTS = ("run_autograder", "setup.sh")


def autograder_zip(
    labs: Sequence[Assignment], course: Course, templates: Path, keys: Mapping[str, bytes]
) -> bytes:
    """Return the zip's bytes; `keys` are the keys of labs by id, which students never see there."""
    files = {name: (templates / "gradescope" / name).read_bytes() for name in _SCRIPTS}
    files["requirement.txt"] = requirement(course, templates, "").encode()
    settings = {"labs": [lab.id for lab in labs]}
    files["settings.json"] = (json.dumps(settings, indent=1) + "\n").encode()
    if course.wheel:
        files[course.wheel.name] = course.wheel.content
    files |= {f"keys/{lab}/key.yaml": content for lab, content in keys.items()}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _TIME)
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100755 if name in _SCRIPTS else 0o100644) << 16
            # Stored, not deflated: what deflating gives depends on the version of zlib.
            archive.writestr(entry, content)
    grader = course.wheel.name if course.wheel else course.requirement
    _log.info("packed %s, for the grader %s", ", ".join(sorted(files)), grader)
    return packed.getvalue()
