"""`grader ci` as a workflow meets it: every ending leaves every output."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import xmlschema

from grader.batch.solutions import assemble
from grader.cli.ci import _outputs, _publish, _Targets
from grader.pipeline import Graded
from grader.result import Result
from grader.results.store import read_facts
from tests.builders.report_results import FACTS, POLYGLOT, hostile, samples
from tests.builders.sections import result_of
from tests.cli.command import Done, run
from tests.conftest import LAB, ROOT
from tests.render.runner import Command, commands, outputs
from tests.render.test_reporter import _reports

GRADER = str(Path(sys.executable).parent / "grader")
LABS = sorted(path.parent.name for path in (ROOT / "assignments").glob("*/assignment.yaml"))
CLASSROOM = {
    "CLASSROOM": "docker",
    "ASSIGNMENT": LAB,
    "SUBMISSION_TAG": "submit/20261123T190331Z-1a2b3c4",
    "OWNER": "alice",
    "COMMIT_URL": "https://git.example/commit/1",
    "RELEASE_URL": "https://git.example/release/1",
}


class Workflow:
    """A step in a clean folder: what it was given, and what it wrote."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output, self.summary = folder / "output", folder / "summary"
        self.repository = folder / "alice"
        self.repository.mkdir()
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith("GITHUB_")},
            "GITHUB_ACTIONS": "true",
            "GITHUB_OUTPUT": str(self.output),
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_WORKSPACE": str(self.repository),
            "DOCKER_HOST": "unix:///nosuch/docker.sock",
        }

    def run(self, *args: object, **env: str) -> Done:
        """Run `grader ci` at the root of the repository; it never shows a traceback."""
        done = run("ci", *args, cwd=self.repository, env=self.env | env)
        assert "Traceback" not in done.stdout + done.stderr
        return done

    def payloads(self) -> dict[str, dict[str, Any]]:
        """Return what the reporter would read, by runner, with `result` for all of it."""
        values = outputs(self.output.read_text())
        names = [*values["runners"].split(","), "result"]
        return {name: json.loads(base64.b64decode(values[name])) for name in names}


@pytest.fixture
def workflow(tmp_path: Path) -> Workflow:
    """Return a step with an empty repository and no engine."""
    return Workflow(tmp_path)


def _is_not_graded(workflow: Workflow, labs: list[str], why: str) -> None:
    """Assert that each output says so, and none of them a score."""
    values = outputs(workflow.output.read_text())
    assert values["status"] == "not_graded"
    assert values["score"] == values["max_score"] == ""
    assert values["runners"] == ",".join(f"lab{lab[:2]}" for lab in labs)
    for payload in workflow.payloads().values():
        assert payload["status"] == "error"
        assert _reports(payload) == (0, 0, 0)
        assert any(why in (test["message"] or "") for test in payload["tests"])
    summary = workflow.summary.read_text()
    assert summary.startswith("## Not graded")
    assert why in summary


def test_without_an_engine_every_output_says_that_nothing_is_graded(workflow: Workflow) -> None:
    """Exit 3, and no zero for anybody to read."""
    assemble(workflow.repository, LAB)

    done = workflow.run("--section", LAB, "--results", "out", "--junit", "j.xml", **CLASSROOM)

    assert done.returncode == 3
    _is_not_graded(workflow, [LAB], "No Docker engine answers")
    assert [c.name for c in commands(done.stdout + done.stderr)] == ["error"]
    results = workflow.repository / "out" / "alice"
    assert sorted(p.name for p in results.iterdir()) == ["facts.json", "report.html", "result.json"]
    saved = Result.model_validate_json((results / "result.json").read_text())
    assert saved.status == "not_graded"
    schema = ROOT / "tests" / "render" / "schemas" / "junit.xsd"
    xmlschema.XMLSchema(schema).validate((workflow.repository / "j.xml").read_text())
    theirs = json.loads((workflow.repository / "result.json").read_text())
    assert (theirs["score"], theirs["max-score"]) == (0, 0)
    assert theirs["datetime"] == "2026-11-23T19:03:31Z"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["/nosuch"], "/nosuch does not exist"),
        ([], "holds none of the lab folders"),
        (["--section", "04-imges"], "There is no lab '04-imges'"),
        (["--classroom50", "r.json"], "needs CLASSROOM, ASSIGNMENT, SUBMISSION_TAG, OWNER"),
    ],
)
def test_bad_input_is_exit_2_and_leaves_every_output_too(
    workflow: Workflow, args: list[str], why: str
) -> None:
    """A workflow's later steps find what they look for."""
    done = workflow.run(*args, "--results", "out")

    assert done.returncode == 2
    assert why in done.stderr
    _is_not_graded(workflow, LABS, why)
    assert list(workflow.repository.glob("out/*/result.json"))


def test_a_spec_that_cannot_be_read_still_has_its_runner(workflow: Workflow) -> None:
    """By the name of its folder."""
    spec = workflow.folder / "labs" / "01-first" / "assignment.yaml"
    spec.parent.mkdir(parents=True)
    spec.write_text("title: [\n")

    done = workflow.run("--assignments", workflow.folder / "labs", "--results", "out")

    assert done.returncode == 2
    _is_not_graded(workflow, ["01-first"], "assignment.yaml:2: expected the node content")


def test_files_are_there_even_if_nobody_reads_what_is_printed(workflow: Workflow) -> None:
    """The reader of the log may go away."""
    assemble(workflow.repository, LAB)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        subprocess.run(
            [GRADER, "ci", "--section", LAB],
            check=False,
            stdout=gone,
            stderr=subprocess.DEVNULL,
            timeout=120,
            cwd=workflow.repository,
            env=workflow.env,
        )

    _is_not_graded(workflow, [LAB], "No Docker engine answers")


def test_outside_of_a_workflow_it_shows_what_it_would_write(workflow: Workflow) -> None:
    """Without a file of the runner's, and without switching its commands off."""
    assemble(workflow.repository, LAB)
    empty = {"GITHUB_OUTPUT": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_ACTIONS": ""}

    done = workflow.run("--section", LAB, **empty)

    assert done.returncode == 3
    assert "stop-commands" not in done.stdout
    shown = done.stdout.split("--- GITHUB_OUTPUT would get:\n")[1]
    entries, summary = shown.split("\n--- GITHUB_STEP_SUMMARY would get:\n")
    assert outputs(entries)["status"] == "not_graded"
    assert summary.startswith("## Not graded")


# --- what is published of results that no engine is needed for --------------------------------


def _published(
    workflow: Workflow, result: Result, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> tuple[bool, list[Command], str]:
    for name, value in workflow.env.items():
        if name.startswith("GITHUB_"):
            monkeypatch.setenv(name, value)
    graded = Graded(read_facts(FACTS / "mixed.json"), result)
    targets = _Targets(workflow.repository, None, None, None, None, ())
    fine = _publish(graded, (), targets)
    printed = capsys.readouterr().out
    return fine, list(commands(printed)), printed


def test_nothing_a_student_prints_is_a_command_an_output_or_a_summary_of_theirs(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """300 kB of it in every place; also with the runner's switch for commands taken away."""
    result = hostile(samples()["mixed"])
    fine, read, printed = _published(workflow, result, monkeypatch, capsys)

    assert fine
    assert {command.name for command in read} == {"error", "warning"}
    assert all(set(c.properties) <= {"title", "file", "line"} for c in read)
    unstopped = "\n".join(r for r in printed.splitlines() if not r.startswith("::stop-commands"))
    assert {c.name for c in commands(unstopped)} == {"error", "warning"}
    values = outputs(workflow.output.read_text())
    assert set(values) == {
        *("lab04", "result", "runners", "status", "score", "max_score", "pending"),
    }
    assert values["score"] == "0"
    assert "CANARY" not in workflow.output.read_text()
    assert workflow.summary.stat().st_size < 1024 * 1024
    for payload in workflow.payloads().values():
        table, notice, most = _reports(payload)
        assert (table, notice, most) == (0, 0, 33)


def test_the_summary_leaves_room_for_what_the_step_has_written_before(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """GitHub refuses one of more than 1024 KiB whole."""
    before = "x" * (1024 * 1024 - 50_000)
    workflow.summary.write_text(before)

    _published(workflow, hostile(samples()["mixed"], POLYGLOT * 5), monkeypatch, capsys)

    written = workflow.summary.read_text()
    assert written.startswith(before + "## 0/33 points")
    assert len(written.encode()) <= 1024 * 1024


def test_totals_that_differ_are_refused_and_said(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The runner gets an error in their place."""
    result = samples()["mixed"]
    wrong = result.sections[0].model_copy(update={"score": 30})
    fine, read, _ = _published(
        workflow, result.model_copy(update={"sections": (wrong,)}), monkeypatch, capsys
    )

    assert not fine
    assert read[-1].data.startswith("result: The reporter would show 5 of 33 tests")
    assert {payload["status"] for payload in workflow.payloads().values()} == {"error"}


def test_all_outputs_of_many_labs_fit_a_job(workflow: Workflow) -> None:
    """GitHub keeps 1 MiB of a job's outputs, counted in UTF-16."""
    result = hostile(samples()["mixed"], POLYGLOT * 5)
    one = result.sections[0]
    many = tuple(one.model_copy(update={"id": f"{number}-lab"}) for number in range(11, 18))
    graded = Graded(read_facts(FACTS / "mixed.json"), result_of(many, samples()["mixed"]))
    targets = _Targets(workflow.repository, None, None, None, None, ())

    text, problems = _outputs(graded, targets)

    assert not problems
    assert len(text.encode("utf-16-le")) <= 1024 * 1024
    values = outputs(text)
    assert values["runners"] == ",".join(f"lab{number}" for number in range(11, 18))
    # Enough is left of the explanations to be of use.
    assert "CANARY" in base64.b64decode(values["lab13"]).decode()


def test_what_cannot_be_written_is_said_and_costs_nothing_else(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder in place of a file."""
    workflow.output.mkdir()

    fine, read, _ = _published(workflow, samples()["mixed"], monkeypatch, capsys)

    assert not fine
    assert read[-1].data == "GITHUB_OUTPUT could not be written: Is a directory."
    assert workflow.summary.read_text().startswith("## 5/33 points")


# --- with an engine ------------------------------------------------------------------------------


@pytest.mark.docker
def test_a_low_score_is_exit_0_with_annotations_on_the_lines_behind_it(
    workflow: Workflow,
) -> None:
    """Unless --min-score asks for more."""
    assemble(workflow.repository, LAB)
    dockerfile = workflow.repository / LAB / "Dockerfile-exec"
    dockerfile.write_text(dockerfile.read_text() + "RUN false\n")
    docker = {"DOCKER_HOST": os.environ.get("DOCKER_HOST", "")}

    done = workflow.run("--section", LAB, "--min-score", 100, **docker)

    assert done.returncode == 1, done.stderr
    values = outputs(workflow.output.read_text())
    assert values["status"] == "graded"
    payload = workflow.payloads()["lab04"]
    assert payload["status"] == "fail"
    assert _reports(payload)[1:] == (int(values["score"]), int(values["max_score"]))
    (shown,) = [c for c in commands(done.stdout) if "RUN step" in c.properties.get("title", "")]
    assert shown.properties["file"] == f"{LAB}/Dockerfile-exec"
    assert int(shown.properties["line"]) == len(dockerfile.read_text().splitlines())
