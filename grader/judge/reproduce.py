"""The docker command line with which a student sees what a check saw."""

from grader.facts import LabFacts
from grader.judge.check_kinds import ROWS
from grader.spec.assignment import Assignment, Check, fill
from grader.spec.observations import CONTAINER, ObservationSpec


def reproduce(assignment: Assignment, check: Check, facts: LabFacts) -> str:
    """Return the commands for one check, joined so that they can be pasted as one line.

    Empty for a check that is about no image, and whose author gives no command.
    """
    if check.reproduce:
        return fill(check.reproduce, facts.words)
    name = next(need.of for need in check.params.needs())
    image = next(iter(assignment.images_of(name)), None)
    if image is None:
        return ""
    observed = assignment.observe.get(name, ObservationSpec())
    build = f"docker build -t {image} -f {assignment.images[image].dockerfile} ."
    again = observed.docker_commands(build, lambda text: fill(text, facts.words))
    shows = ROWS[check.kind].shows.replace("IMAGE", image).replace("CONTAINER", CONTAINER)
    steps = " && ".join((build, *again, *([shows] if shows else [])))
    cleanup = observed.cleanup_command()
    return f"{steps}; {cleanup}" if cleanup else steps
