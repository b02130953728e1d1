"""`grader mark`: what a person gives for free answers, kept apart from automatic scores."""

import getpass
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from grader.cli.common import assignments_option, key_option, load_labs
from grader.cli.mark_actions import ACTIONS
from grader.cli.mark_request import MarkRequest
from grader.cli.renew import keys_at_hand, renew
from grader.core.errors import UsageError
from grader.core.text import shorten, visible
from grader.marks.free_answers import free_questions
from grader.marks.sheet_writer import Separator
from grader.results import store
from grader.results.mark_store import MarkStore
from grader.spec.reader import did_you_mean

_ADDRESS = "ID LAB QUESTION"


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--walk", is_flag=True, help="Go from answer to answer and ask for marks.")
@click.option("--next", "following", is_flag=True, help="Show the next answer that waits.")
@click.option("--show", nargs=3, metavar=_ADDRESS, help="Show one answer with its rubric.")
@click.option("--set", "given", nargs=4, metavar=f"{_ADDRESS} POINTS", help="Give a mark.")
@click.option(
    "--override",
    nargs=4,
    metavar="ID LAB CHECK POINTS|auto",
    help="Give points for a check that was judged, with --comment; auto takes them back.",
)
@click.option("--confirm", nargs=3, metavar=_ADDRESS, help="Give a mark again as it was.")
@click.option(
    "--confirm-all", is_flag=True, help="Confirm every mark that counts but is to be looked at."
)
@click.option("--take-back", nargs=3, metavar=_ADDRESS, help="Take a mark back.")
@click.option(
    "--export",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write the answers and their marks to a sheet (CSV).",
)
@click.option(
    "--import",
    "source",
    type=click.Path(path_type=Path, exists=True),
    metavar="FILE|DIR",
    help="Take the marks of a sheet, or of another folder of results.",
)
@click.option(
    "--comment", default="", help="With --set, --confirm or --override: what the student reads."
)
@click.option("--by", default="", metavar="NAME", help="Who marks (default: git's name for you).")
@click.option("--section", "sections", multiple=True, metavar="LAB", help="Only this lab.")
@click.option("--question", "questions", multiple=True, metavar="ID", help="Only this question.")
@click.option("--anonymous", is_flag=True, help="Hide whose answers they are.")
@click.option("--partial", is_flag=True, help="With --import: take good rows beside bad ones.")
@click.option(
    "--separator", type=click.Choice([",", ";"]), default=",", help="With --export: between cells."
)
@key_option
@assignments_option
def mark(
    results: Path,
    comment: str,
    by: str,
    sections: tuple[str, ...],
    questions: tuple[str, ...],
    anonymous: bool,  # noqa: FBT001 - click calls by keyword
    partial: bool,  # noqa: FBT001
    separator: Separator,
    key: Path | None,
    assignments: Path | None,
    **asked: Any,
) -> int:
    """Mark free answers by hand. Without an option: list what waits in RESULTS.

    ID is the submission, or its anon-... name; LAB may be just the beginning of its id.
    Marks lie in RESULTS/ID/marks.json; no grading ever overwrites one.
    """
    actions = [name for name, value in asked.items() if value]
    if len(actions) > 1:
        raise UsageError("Do one thing at a time: give one of --walk, --next, --show, --set, ...")
    action = actions[0] if actions else "list"
    if comment and action not in {"given", "confirm", "override"}:
        raise UsageError("--comment goes with --set, --confirm or --override.")
    if partial and action != "source":
        raise UsageError("--partial goes with --import.")
    labs = load_labs(assignments)
    _known("lab", sections, [lab.id for lab in labs])
    asking = [question.id for lab in labs for question in free_questions(lab)]
    _known("question that is marked by hand", questions, asking)
    if not store.stored(results):
        raise UsageError(
            f"There is no */{store.FACTS} in {results}. Name the folder that results were "
            "written to, by `grader grade --out` or `grader check --results`."
        )
    mark_store = MarkStore(results, labs, keys_at_hand(key, labs, own=assignments is None))
    request = MarkRequest(
        mark_store,
        labs,
        by or _own_name(),
        comment,
        sections,
        questions,
        anonymous,
        partial,
        separator,
    )
    try:
        renew(results, labs, mark_store.keys)
        return ACTIONS[action](request, asked.get(action))
    except BrokenPipeError:
        raise  # nobody reads on, as behind `| head`
    except OSError as error:
        raise UsageError(
            f"{visible(str(error.filename or results))} cannot be used: {error.strerror}. "
            "What was saved before is whole."
        ) from error


def _known(what: str, given: Iterable[str], known: list[str]) -> None:
    for name in given:
        if name not in known:
            raise UsageError(f"There is no {what} '{shorten(name)}'{did_you_mean(name, known)}")


def _own_name() -> str:
    # Only the user's own settings: a repository that happens to lie here may be a student's.
    try:
        asked = subprocess.run(
            ["git", "config", "--global", "user.name"],  # noqa: S607 - whichever git is there
            check=False,
            capture_output=True,
            timeout=10,
        )
        name = asked.stdout.decode(errors="replace").strip()
    except (OSError, subprocess.TimeoutExpired):
        name = ""
    try:
        return name or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
