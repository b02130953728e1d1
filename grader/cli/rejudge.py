"""`grader rejudge`: the same facts under today's rubric, without an engine."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

from grader.cli.common import assignments_option, exit_code, key_option, load_labs, say, say_list
from grader.cli.exit_codes import EXIT_ENGINE, EXIT_USAGE
from grader.cli.keyless import KeyWatch
from grader.core.errors import UsageError
from grader.core.text import visible
from grader.facts import SubmissionFacts
from grader.judge.context import NotObserved
from grader.pipeline import Graded, judge_facts
from grader.result import Result
from grader.results import class_files, store
from grader.results.keep import keep
from grader.results.results_folder import alone, remember_key, was_keyed
from grader.spec.assignment import Assignment
from grader.spec.keys import Key, load_keys

_log = logging.getLogger(__name__)


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
    with alone(results, "grader rejudge"):
        if keys:
            remember_key(results)
        # The facts are the same: what waits now and did not before has lost its key.
        watch = KeyWatch(results, keyed=True, now=bool(keys))
        again = _Again(labs, keys, watch)
        for folder in folders:
            again.judge(folder)
        class_files.refresh_class_files(results, labs)
        if watch.waiting or was_keyed(results):
            watch.tell()
    return again.tell()


@dataclass
class _Again:
    """Judges one submission of RESULTS after the other, and keeps in mind which it could not."""

    labs: tuple[Assignment, ...]
    keys: Mapping[str, Key]
    watch: KeyWatch
    worst: int = 0
    misplaced: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    unheard: BrokenPipeError | None = None

    def judge(self, folder: Path) -> None:
        """Write the new result of one submission; what one causes stays with that one."""
        try:
            facts = store.read_facts(folder / store.FACTS)
            if facts.submission != folder.name:
                self.misplaced.append(f"{folder.name}: the facts of {facts.submission}")
                return
            graded = _judged(facts, self.labs, self.keys)
            result = self.watch(folder.name, lambda: self._keep(folder, graded))
        except (UsageError, NotObserved) as error:
            self.unfit.append(f"{folder.name}: {error}")
        except OSError:
            raise  # a disk that is full is so for all
        except Exception as error:  # noqa: BLE001 - a mistake of ours must not take the class along
            _log.exception("the grader itself failed on %s", folder.name)
            self.failed.append(f"{folder.name}: {type(error).__name__}: {error}")
        else:
            self._say(f"{visible(folder.name)}: {result.score}/{result.max_score}")
            self.worst = max(self.worst, exit_code(result))

    def _keep(self, folder: Path, graded: Graded) -> Result:
        return keep(folder.parent, graded, self.labs, self.keys, warn=say, facts_too=False)

    def _say(self, text: str) -> None:
        """Print a line; that nobody reads any more (`| head`) leaves no class half judged."""
        if self.unheard is None:
            try:
                click.echo(text)
            except BrokenPipeError as error:
                self.unheard = error

    def tell(self) -> int:
        """Say what was not judged, and return the exit code."""
        if self.unheard is not None:
            raise self.unheard
        if self.misplaced:
            say_list(
                "Not judged, because a copied or renamed folder is nobody's result", self.misplaced
            )
            say("Move them out of RESULTS, or give them back their names.")
        if self.unfit:
            say_list("Not judged, because the facts do not hold what is asked now", self.unfit)
            say("Their results are as they were. Grade these again.")
        if self.failed:
            say_list("Not judged, because the grader itself failed on them", self.failed)
            say("Their results are as they were. Send what --log FILE writes to the course.")
        if self.failed:
            return EXIT_ENGINE
        return max(self.worst, EXIT_USAGE) if self.misplaced or self.unfit else self.worst


def _judged(facts: SubmissionFacts, labs: Sequence[Assignment], keys: Mapping[str, Key]) -> Graded:
    """Return a new result of saved facts; NotObserved where it could not be about all of them."""
    gone = {lab.lab for lab in facts.labs} - {lab.id for lab in labs}
    if gone:
        raise NotObserved(f"it was graded for {', '.join(sorted(gone))}, a lab that is not here")
    return judge_facts(facts, labs, keys)
