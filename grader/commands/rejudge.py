"""`grader rejudge`: the same facts under today's rubric, without an engine."""

from pathlib import Path

import click

from grader import class_files, store
from grader.commands.common import (
    EXIT_USAGE,
    assignments_option,
    exit_code,
    key_option,
    load_labs,
    say,
    say_list,
)
from grader.commands.keeping import keep
from grader.errors import UsageError
from grader.pipeline import Graded
from grader.score import score_submission
from grader.spec.keys import load_keys
from grader.text import visible


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
    worst = 0
    misplaced = []
    for folder in folders:
        facts = store.read_facts(folder / store.FACTS)
        if facts.submission != folder.name:
            misplaced.append(f"{folder.name}: the facts of {facts.submission}")
            continue
        graded = Graded(facts, score_submission(facts, labs, keys))
        result = keep(results, graded, labs, keys, facts_too=False)
        click.echo(f"{visible(folder.name)}: {result.score}/{result.max_score}")
        worst = max(worst, exit_code(result))
    class_files.refresh_class_files(results, labs)
    if misplaced:
        say_list("Not judged, because a copied or renamed folder is nobody's result", misplaced)
        say("Move them out of RESULTS, or give them back their names.")
        worst = max(worst, EXIT_USAGE)
    return worst
