"""Which files that are not for students to change somebody changed: a pure comparison.

It costs nobody a point: given files are laid over a student's anyway, and a workflow only says
what its owner sees. A person should know, because what such a repository shows proves nothing.
"""

from collections.abc import Iterator, Mapping, Sequence

from grader.core.errors import UsageError
from grader.spec.assignment import Assignment
from grader.submission.manifest import MANIFEST, Manifest, digest, read_manifest
from grader.submission.snapshot import Submission


def changed_files(
    submission: Submission, assignments: Sequence[Assignment], starter: Manifest | None = None
) -> tuple[str, ...]:
    """Return the paths of protected files that are not as they were given, in order.

    `starter` is the manifest of the release, as the staff has it. Without one the repository's own
    is believed, which finds those who did not change that too. Given files that are not there at
    all are no change: not everybody hands in a repository.
    """
    own, broken = _own(submission)
    changed = set(_in_labs(submission, assignments, starter or own))
    changed |= set(_around(submission, starter or own))
    if broken or (starter and submission.manifest and own != starter):
        changed.add(MANIFEST)
    return tuple(sorted(changed))


def _own(submission: Submission) -> tuple[Manifest | None, bool]:
    """Return the manifest in a submission, and whether there is one that cannot be read."""
    if not submission.manifest:
        return None, False
    try:
        return read_manifest(submission.manifest), False
    except UsageError:
        return None, True


def _in_labs(
    submission: Submission, assignments: Sequence[Assignment], manifest: Manifest | None
) -> Iterator[str]:
    released: Mapping[str, str] = manifest.files if manifest else {}
    for lab in assignments:
        files = submission.labs[lab.id].files if lab.id in submission.labs else {}
        for name, ours in lab.given.items():
            path = f"{lab.id}/{name}"
            # What was released and has changed in the labs since is not the student's change.
            if name in files and digest(files[name]) not in {digest(ours), released.get(path)}:
                yield path


def _around(submission: Submission, manifest: Manifest | None) -> Iterator[str]:
    if manifest is None or not submission.around:
        return
    for path in manifest.protected:
        if path.split("/")[0] in manifest.labs:
            continue
        if submission.around.get(path) != manifest.files.get(path):
            yield path
