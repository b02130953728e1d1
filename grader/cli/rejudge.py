"""`grader rejudge`: the same facts under today's rubric, without an engine."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from grader.cli.common import assignments_option, exit_code, key_option, load_labs, say, say_list
from grader.cli.exit_codes import EXIT_USAGE
from grader.core.errors import UsageError
from grader.core.text import visible
from grader.facts import SubmissionFacts
from grader.judge.context import NotObserved
from grader.pipeline import Graded, judge_facts
from grader.results import class_files, store
from grader.results.keep import keep
from grader.spec.assignment import Assignment
from grader.spec.keys import Key, load_keys


@click.command()
@click.argument("results", type=click.Path(path_type=Path, exists=True, file_okay=False))
@key_option
@assignments_option
def rejudge(results: Path, key: Path | None, assignments: Path | None) -> int:
    """Judge, score and render again from the facts saved in RESULTS; needs no engine."""
    labs = load_labs(assignments)
    keys = load_keys(key, labs) if key else {}
    folders = store.stored(results)
    if not folders:
        raise UsageError(
            f"There is no */{store.FACTS} in {results}. "
            "Name the folder that `grader check --results` wrote to."
        )
    worst = keyless = 0
    misplaced: list[str] = []
    unfit: list[str] = []
    for folder in folders:
        try:
            facts = store.read_facts(folder / store.FACTS)
            if facts.submission != folder.name:
                misplaced.append(f"{folder.name}: the facts of {facts.submission}")
                continue
            graded = _judged(facts, labs, keys)
        except (UsageError, NotObserved) as error:
            unfit.append(f"{folder.name}: {error}")
            continue
        before = _pending(folder)
        result = keep(results, graded, labs, keys, warn=say, facts_too=False)
        keyless += not keys and before is not None and result.pending > before
        click.echo(f"{visible(folder.name)}: {result.score}/{result.max_score}")
        worst = max(worst, exit_code(result))
    class_files.refresh_class_files(results, labs)
    if keyless:
        say(
            f"Answers of {keyless} submissions had points by a key, and wait without it. Run this "
            "again with --key to give them back."
        )
    if misplaced:
        say_list("Not judged, because a copied or renamed folder is nobody's result", misplaced)
        say("Move them out of RESULTS, or give them back their names.")
    if unfit:
        say_list("Not judged, because the facts do not hold what is asked now", unfit)
        say("Their results are as they were. Grade these again.")
    return max(worst, EXIT_USAGE) if misplaced or unfit else worst


def _pending(folder: Path) -> int | None:
    try:
        return store.read_result(folder).pending
    except ValueError:
        return None


def _judged(facts: SubmissionFacts, labs: Sequence[Assignment], keys: Mapping[str, Key]) -> Graded:
    """Return a new result of saved facts; NotObserved where it could not be about all of them."""
    gone = {lab.lab for lab in facts.labs} - {lab.id for lab in labs}
    if gone:
        raise NotObserved(f"it was graded for {', '.join(sorted(gone))}, a lab that is not here")
    return judge_facts(facts, labs, keys)
