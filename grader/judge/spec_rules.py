"""What a lab's spec should hold beyond what it needs to be read: rules for those who write labs.

A spec that breaks them can be graded, but not well: one mistake would be explained twice, or a
check could never be judged.
"""

import re
from collections.abc import Mapping

from grader.facts import ImageFacts, RebuildFacts, RunFacts
from grader.facts.scenes import SceneFacts, Seen
from grader.facts.scripts import ScriptFacts
from grader.judge.check_kinds import ROWS
from grader.spec import yaml
from grader.spec.assignment import Assignment, Check
from grader.spec.questions import FREE
from grader.spec.reader import Reader
from grader.spec.scenes import SceneSpec, Step

LEAST_QUESTIONS = 5
LEAST_POINTS, MOST_POINTS = 5, 8
_FACTS_OF = {"rebuild": RebuildFacts, "run": RunFacts, "scene": SceneFacts, "script": ScriptFacts}


def check_questions(reader: Reader, lab: Assignment) -> None:
    """Note what a lab of the course lacks in questions."""
    count = len(lab.questions)
    points = sum(question.points for question in lab.questions)
    if count < LEAST_QUESTIONS:
        text = f"asks {count} questions; a lab asks {LEAST_QUESTIONS} at the least. Add some"
        reader.problem(("questions",), f"{text} under `questions`")
        return
    if all(question.kind != FREE for question in lab.questions):
        text = "has no question of kind `free`, in which students explain. Add one"
        reader.problem(("questions",), text)
    if not LEAST_POINTS <= points <= MOST_POINTS:
        text = f"the questions have {points} points; let it be {LEAST_POINTS} to {MOST_POINTS}"
        reader.problem(("questions",), text)


def check_checks(reader: Reader, lab: Assignment) -> None:
    """Note which checks look at what they cannot judge, or do not wait for a build they need."""
    checks = {check.id: check for check in lab.checks}
    builds = {image: check.id for check in lab.checks for image in _built(check)}
    for at, check in zip(check_places(reader), lab.checks, strict=True):
        if unfit := _unfit(lab, check):
            reader.problem((*at, check.kind), unfit)
            continue
        waits = {check.id, *_all_before(checks, check)}
        for image in sorted(_images_seen(lab, check)):
            if image not in builds:
                text = f"'{check.id}' looks at the image '{image}', which no check of kind `builds`"
                reader.problem(at, f"{text} is about. Add one, so that a broken build is named")
            elif builds[image] not in waits:
                text = f"'{check.id}' does not wait for '{builds[image]}', so a build that fails"
                reader.problem(at, f"{text} is explained twice. Name it under `after`")


def check_places(reader: Reader) -> list[yaml.Path]:
    """Return where each check stands, in the order of the lab's checks."""
    numbered = 4  # parts, 0, checks, 0
    return [
        at for at in reader.document.lines if len(at) == numbered and at[::2] == ("parts", "checks")
    ]


def _built(check: Check) -> tuple[str, ...]:
    return check.params.images() if check.kind == "builds" else ()


def _unfit(lab: Assignment, check: Check) -> str:
    """Return why a check cannot be judged by what it looks at, "" if it can."""
    wanted = ROWS[check.kind].facts
    named = check.params.observations()
    if not named or wanted is ImageFacts:
        return ""
    spec = lab.observe[named[0]]
    whole = SceneFacts if issubclass(wanted, Seen) else wanted
    if _FACTS_OF.get(spec.kind) is not whole:
        fit = next((word for word, facts in _FACTS_OF.items() if facts is whole), "another kind")
        return f"'{named[0]}' is a {spec.kind}; a check of kind {check.kind} looks at a {fit}"
    if not isinstance(spec, SceneSpec):
        return ""
    steps = {step.id for step in spec.steps}
    lost = [name for name in check.params.steps() if name not in steps]
    if not check.params.steps():
        return f"names no step of '{named[0]}' that it is judged by"
    if lost:
        return f"the scene '{named[0]}' has no step '{lost[0]}'; it has {', '.join(sorted(steps))}"
    return ""


def _images_seen(lab: Assignment, check: Check) -> set[str]:
    """Return the images that a check is about: in a scene those of the steps it looks at."""
    seen: set[str] = set()
    for need in check.params.needs():
        spec = lab.observe.get(need.of)
        if isinstance(spec, SceneSpec):
            words = set(re.findall(r"[a-z0-9-]+", check.params.model_dump_json()))
            seen.update(*(_behind(spec, step) for step in spec.steps if step.id in words))
        else:
            seen.update(lab.images_of(need.of))
    return seen


def _behind(spec: SceneSpec, step: Step) -> set[str]:
    """Return the images of the containers that a step starts, looks at, asks or reads from."""
    found = {spec.image_of(step.id)} - {None}
    starts = {each.id: each.start for each in spec.steps if each.start}
    for name, start in starts.items():
        named = re.findall(rf"{{(?:ip|name|port):{name}\b", step.model_dump_json())
        asked = step.request and any(each in step.request.to for each in (*start.aliases, *named))
        read = step.read and {step.read.volume, step.read.folder} & {*start.mounts}
        found |= {start.image} if asked or read else set()
    return {image for image in found if image} or {*spec.images()}


def _all_before(checks: Mapping[str, Check], check: Check) -> set[str]:
    direct = set(check.after)
    return direct.union(*(_all_before(checks, checks[name]) for name in direct))
