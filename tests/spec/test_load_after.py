"""A check waits for all that has to be right before it can say anything of its own."""

import re
from pathlib import Path

import pytest

from grader.core.errors import SpecError
from grader.judge.check_kinds import PARAMS
from grader.spec.assignment import Assignment, Check
from grader.spec.load import load_assignment
from grader.spec.scenes import SceneSpec, Step
from tests.spec.test_load import SMALL

THIRD = """\
      - id: form
        title: its form
        points: 1
        after: AFTER
        form: {image: demo, is: exec}
"""


def _load(folder: Path, after: str) -> Assignment:
    folder = folder / "lab"
    folder.mkdir()
    (folder / "main.py").touch()
    text = SMALL.replace("points: 3", "points: 4") + THIRD.replace("AFTER", after)
    (folder / "assignment.yaml").write_text(text)
    return load_assignment(folder, PARAMS)


@pytest.mark.parametrize(
    ("after", "names"),
    [
        ("builds", ("builds",)),
        ("[builds]", ("builds",)),
        ("[argv, builds]", ("argv", "builds")),
        ("[]", ()),
    ],
)
def test_one_name_or_a_list_of_them(tmp_path: Path, after: str, names: tuple[str, ...]) -> None:
    """In the author's order: the first that did not pass is the one a report names."""
    assert _load(tmp_path, after).checks[2].after == names


@pytest.mark.parametrize(
    ("after", "problem"),
    [
        ("[builds, agrv]", "'agrv' is not an earlier check's id; did you mean 'argv'?"),
        ("[builds, form]", "'form' is not an earlier check's id"),
        ("[builds, argv, builds]", "'builds' is named twice"),
        ("{builds: argv}", "after: input should be a valid array"),
        ("7", "after: input should be a valid array"),
        ("[[builds]]", "after.0: input should be a valid string"),
    ],
)
def test_a_name_that_is_none_is_told_with_its_line(
    tmp_path: Path, after: str, problem: str
) -> None:
    """The line of `after`, and the nearest right word."""
    with pytest.raises(SpecError) as caught:
        _load(tmp_path, after)

    place = f"{tmp_path / 'lab' / 'assignment.yaml'}:31: "
    assert [p for p in caught.value.problems if p.startswith(f"{place}{problem}")]


def test_an_image_that_does_not_build_is_explained_once(labs: tuple[Assignment, ...]) -> None:
    """In every lab each check of an image, or of what containers of it do, waits for its build."""
    for lab in labs:
        checks = {check.id: check for check in lab.checks}
        builds = {i: check.id for check in lab.checks for i in _built(check)}
        for check in lab.checks:
            waits = {check.id, *_all_before(checks, check)}
            assert {builds[image] for image in _seen(lab, check)} <= waits, f"{lab.id}: {check.id}"


def _seen(lab: Assignment, check: Check) -> set[str]:
    """Return the images that a check is about: in a scene those of the steps it looks at."""
    seen: set[str] = set()
    for need in check.params.needs():
        spec = lab.observe.get(need.of)
        if isinstance(spec, SceneSpec):
            words = set(re.findall(r"[a-z0-9-]+", check.params.model_dump_json()))
            steps = [step for step in spec.steps if step.id in words]
            assert steps, check.id
            seen.update(*(_behind(spec, step) for step in steps))
        else:
            seen.update(lab.images_of(need.of))
    return seen


def _behind(spec: SceneSpec, step: Step) -> set[str]:
    """Return the images of the containers that a step starts, looks at, asks or reads from."""
    found = {spec.image_of(step.id)} - {None}
    starts = {each.id: each.start for each in spec.steps if each.start}
    for name, start in starts.items():
        names = {
            *start.aliases,
            *re.findall(rf"{{(?:ip|name|port):{name}\b", step.model_dump_json()),
        }
        asked = step.request and any(each in step.request.to for each in names)
        read = step.read and {step.read.volume, step.read.folder} & {*start.mounts}
        found |= {start.image} if asked or read else set()
    return {image for image in found if image} or {*spec.images()}


def _built(check: Check) -> tuple[str, ...]:
    return check.params.images() if check.kind == "builds" else ()


def _all_before(checks: dict[str, Check], check: Check) -> set[str]:
    direct = set(check.after)
    return direct.union(*(_all_before(checks, checks[name]) for name in direct))
