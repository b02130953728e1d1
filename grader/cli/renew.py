"""What every command that opens RESULTS does first: nothing in it may be of other marks."""

from collections.abc import Mapping
from pathlib import Path

from grader.batch.solutions import solutions_folder
from grader.cli.common import load_labs, say, say_list
from grader.core.errors import UsageError
from grader.results import class_files
from grader.results.keep import renew_torn, torn
from grader.spec.assignment import Assignment
from grader.spec.keys import Key, load_keys


def renew(results: Path, assignments: Path | None, key: Path | None = None) -> None:
    """Make again what other marks or another page lie beside than it was made with.

    Writing may have been cut off, or a file put back from a copy. Reading costs no more than a
    look at each file where all is as it was left. What cannot be written is said: whoever reads
    RESULTS then leaves those submissions out, by name.
    """
    if not torn(results):
        return
    labs = load_labs(assignments)
    try:
        renewed = renew_torn(
            results, labs, keys_at_hand(key, labs, own=assignments is None), warn=say
        )
        if renewed:
            class_files.refresh_class_files(results, labs)
    except OSError as error:
        say(f"{error.filename or results} cannot be written ({error.strerror}).")
        return
    say_list("Made again, because other marks or pages lay there than they were made with", renewed)


def keys_at_hand(
    folder: Path | None, labs: tuple[Assignment, ...], *, own: bool
) -> Mapping[str, Key]:
    """Return the keys in `folder`, else the checkout's if the labs are its own, else none."""
    if folder is None:
        if not own:
            return {}
        try:
            folder = solutions_folder()
        except UsageError:
            return {}
        if not any((folder / lab.id / "key.yaml").exists() for lab in labs):
            return {}
    return load_keys(folder, labs)
