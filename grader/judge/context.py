"""What a judge is given: the spec of one lab and the facts that were observed of one submission."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from grader.core.models import Frozen
from grader.facts import BaseFacts, ImageFacts, LabFacts, NotSeen, RunFacts
from grader.facts.scenes import Missing, SceneFacts, Seen
from grader.spec.assignment import Assignment, Params, fill

Observed = TypeVar("Observed", bound=Frozen)
SeenStep = TypeVar("SeenStep", bound=Seen)


class NotObserved(Exception):  # noqa: N818 - a state of the facts
    """The facts lack something that a check asks for: they are older than the check.

    It is nobody's mistake, and no verdict can follow from it: the submission has to be graded
    again. The message names the image or the observation.
    """


@dataclass(frozen=True, slots=True)
class JudgeContext:
    """One lab as its author wrote it and what was observed of it; both are plain values.

    The methods return the facts a check asks for, `NotSeen` where there was nothing to observe
    (a Dockerfile that does not build, an engine that failed), and raise `NotObserved` where
    nobody tried.
    """

    assignment: Assignment
    facts: LabFacts

    def fill(self, texts: Iterable[str]) -> tuple[str, ...]:
        """Return the texts with each `{word}` replaced by the random word this grading used."""
        return tuple(fill(text, self.facts.words) for text in texts)

    def subject(self, params: Params, kind: type[Observed]) -> Observed | NotSeen:
        """Return the facts of this kind that a check is about.

        They are those of its image, of its observation or, where `kind` is something that one
        step of a scene sees, of the first of its steps.
        """
        found: Frozen | NotSeen
        of = next(need.of for need in params.needs())
        if of in params.images():
            found = self.image(of)
        elif issubclass(kind, Seen):
            found = self.step(of, params.steps()[0], kind)
        else:
            found = self.observation(of, kind)
        if isinstance(found, kind | NotSeen):
            return found
        raise NotObserved(f"the facts of '{of}' are of another kind than is checked")

    def image(self, name: str) -> ImageFacts | NotSeen:
        """Return the facts of an image."""
        if name not in self.facts.images:
            raise NotObserved(f"the image '{name}' was not built")
        return self.facts.images[name]

    def observation(self, name: str, kind: type[Observed]) -> Observed | NotSeen:
        """Return the facts of an observation, which must be facts of this kind."""
        found = self.facts.observations.get(name)
        if isinstance(found, kind | NotSeen):
            return found
        seen = "was not made" if found is None else "was one of another kind"
        raise NotObserved(f"the observation '{name}' {seen}")

    def step(self, of: str, step: str, kind: type[SeenStep]) -> SeenStep | NotSeen:
        """Return what one step of a scene saw, which must be something of this kind."""
        facts = self.observation(of, SceneFacts)
        if isinstance(facts, NotSeen):
            return facts
        if step not in facts.steps:
            raise NotObserved(f"the scene '{of}' had no step '{step}'")
        found = facts.steps[step]
        if isinstance(found, Missing):
            return found.why
        if isinstance(found, kind):
            return found
        raise NotObserved(f"the step '{step}' of '{of}' did something else than is checked")

    def base_of(self, image: str) -> BaseFacts | None:
        """Return what was measured on the base of an image; None for an image that has none."""
        facts = self.image(image)
        return None if isinstance(facts, NotSeen) else self.facts.bases.get(facts.base)

    def base_of_run(self, of: str) -> BaseFacts | None:
        """Return what was measured on the base of a run's image; None where nothing ran."""
        facts = self.observation(of, RunFacts)
        return None if isinstance(facts, NotSeen) else self.base_of(facts.image)
