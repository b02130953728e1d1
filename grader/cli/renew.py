"""What every command that opens RESULTS does first: nothing in it may be of other marks."""

from collections.abc import Mapping
from pathlib import Path

from grader.batch.solutions import solutions_folder
from grader.cli.common import load_labs, say, say_list
from grader.core.errors import UsageError
from grader.results import store
from grader.results.class_seal import class_is_current, is_class
from grader.spec.assignment import Assignment
from grader.spec.keys import Key, load_keys


def renew(results: Path, labs: tuple[Assignment, ...], keys: Mapping[str, Key]) -> None:
    """Make again what is of other marks, pages or results than lie in RESULTS.

    Writing may have been cut off, or a file put back from a copy. It costs a look at each file
    where all is as it was left. Raises OSError: who goes on without it would call that good.
    """
    renew_results(results, labs, keys)
    if is_class(results) and not class_is_current(results, labs):
        from grader.results.class_files import bring_up_to_date  # noqa: PLC0415 - see below

        bring_up_to_date(results, labs)


def renew_results(results: Path, labs: tuple[Assignment, ...], keys: Mapping[str, Key]) -> None:
    """Do so with the results alone."""
    if store.torn(results):
        # What makes pages takes long to load, and is rarely needed.
        from grader.results.keep import renew_torn  # noqa: PLC0415

        renewed = renew_torn(results, labs, keys, warn=say)
        say_list(
            "Made again: it was made with other marks, or another page, than lie there", renewed
        )


def renew_for_reading(results: Path, assignments: Path | None) -> None:
    """Do so with the results for one who only reads them, and may not be allowed to write."""
    if not store.torn(results):
        return
    labs = load_labs(assignments)
    try:
        renew_results(results, labs, keys_at_hand(None, labs, own=assignments is None))
    except OSError as error:
        say(f"{error.filename or results} cannot be written ({error.strerror}).")


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
