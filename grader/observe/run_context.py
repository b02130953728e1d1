"""What all observations of one lab share."""

from collections.abc import Mapping
from dataclasses import dataclass

from grader.engine.protocol import Engine
from grader.spec.assignment import Assignment


@dataclass(frozen=True, slots=True)
class RunContext:
    """What every run of one lab shares. `faithful` waits docker stop's real ten seconds."""

    engine: Engine
    assignment: Assignment
    words: Mapping[str, str]
    run_id: str
    faithful: bool
