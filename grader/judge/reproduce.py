"""The docker command line with which a student sees what a check saw."""

import shlex

from grader.facts import LabFacts
from grader.judge.check_kinds import ROWS
from grader.spec.assignment import Assignment, Check, fill
from grader.spec.observations import RebuildSpec, RunSpec

_CONTAINER = "lab"


def reproduce(assignment: Assignment, check: Check, facts: LabFacts) -> str:
    """Return the commands for one check, joined so that they can be pasted as one line."""
    if check.reproduce:
        return fill(check.reproduce, facts.words)
    name = next(need.of for need in check.params.needs())
    image = next(iter(assignment.images_of(name)), None)
    if image is None:
        return ""
    dockerfile = assignment.images[image].dockerfile
    build = f"docker build -t {image} -f {dockerfile} ."
    steps = [build]
    observed = assignment.observe.get(name)
    if isinstance(observed, RunSpec):
        # As the grader does: without it, docker logs stays empty while the program runs.
        run = ["docker run -d --name", _CONTAINER, "-e PYTHONUNBUFFERED=1"]
        for key, value in observed.env.items():
            run.append(f"-e {key}={shlex.quote(fill(value, facts.words))}")
        run.append(image)
        run += [shlex.quote(fill(text, facts.words)) for text in observed.args]
        steps.append(" ".join(run))
    if isinstance(observed, RebuildSpec):
        steps += [f"echo '# changed' >> {observed.change}", build]
    if shows := ROWS[check.kind].shows:
        steps.append(shows.replace("IMAGE", image).replace("CONTAINER", _CONTAINER))
    if isinstance(observed, RunSpec):
        return f"{' && '.join(steps)}; docker rm -f {_CONTAINER}"
    return " && ".join(steps)
