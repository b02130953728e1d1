"""What was observed, as plain values: the only thing a judge ever sees.

Saved as `facts.json` beside each result, so that a changed rubric or an appeal is judged again
without an engine. Times are seconds, sizes bytes, signal masks integers as the kernel prints them.
"""

from grader.facts.answers import AnswerFacts
from grader.facts.images import BaseFacts, ImageFacts, LayerStep, PathFacts, WrittenInstruction
from grader.facts.labs import EngineFacts, Evidence, LabFacts, Observation, SubmissionFacts
from grader.facts.not_seen import Fault, NotSeen, Place
from grader.facts.runs import (
    Ended,
    Kill,
    LogLine,
    NeighbourFacts,
    Process,
    Program,
    RebuildFacts,
    RunFacts,
    StopFacts,
)

__all__ = [
    "AnswerFacts",
    "BaseFacts",
    "Ended",
    "EngineFacts",
    "Evidence",
    "Fault",
    "ImageFacts",
    "Kill",
    "LabFacts",
    "LayerStep",
    "LogLine",
    "NeighbourFacts",
    "NotSeen",
    "Observation",
    "PathFacts",
    "Place",
    "Process",
    "Program",
    "RebuildFacts",
    "RunFacts",
    "StopFacts",
    "SubmissionFacts",
    "WrittenInstruction",
]
