"""What all observations of one lab in one run share."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.engine.engine_trial import Trial
from grader.engine.protocol import Engine
from grader.spec.assignment import Assignment


@dataclass(frozen=True, slots=True)
class RunContext:
    """The engine, the lab, and what was chosen for this run of it.

    `words` are this run's random words, by their names in the spec. `run_id` labels what is made
    on the engine. `faithful` gives every `docker stop` its real ten seconds. `trial` is what was
    measured of the engine.
    """

    engine: Engine
    assignment: Assignment
    words: Mapping[str, str]
    run_id: str
    faithful: bool
    trial: Trial | None = None
