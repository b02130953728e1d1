"""The command line as people and scripts meet it: exit codes, messages, never a traceback."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.batch.solutions import assemble, overlays
from grader.engine.docker import DockerEngine
from grader.engine.housekeeping import clean
from grader.engine.mending import user_name
from grader.result import Result
from tests.cli.command import run
from tests.conftest import LAB, ROOT, running

GRADER = str(Path(sys.executable).parent / "grader")
NO_ENGINE = {"DOCKER_HOST": "unix:///nosuch/docker.sock"}
UNTAGGED = "<none>:<none>"  # as the engine lists an image without a name


def _grader(
    *args: object, env: dict[str, str] | None = None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [GRADER, *map(str, args)],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        cwd=cwd,
        env={**os.environ, "COLUMNS": "80", **(env or {})},
    )
    assert "Traceback" not in done.stdout + done.stderr
    return done


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Return the model solution as a submission called alice."""
    return assemble(tmp_path / "alice", LAB)


def test_no_engine_is_exit_3_and_one_sentence_of_what_to_do(model: Path) -> None:
    """An outage is never a score."""
    done = run("check", model, cwd=model, env={**os.environ, **NO_ENGINE})

    assert done.returncode == 3
    assert done.stdout == ""
    first, error = done.stderr.splitlines()
    assert first == f"Checking 7 labs in {model} ..."
    assert error.startswith("No Docker engine answers at unix:///nosuch/docker.sock")
    assert "Start Docker and try again" in error


def test_a_folder_that_is_no_submission_is_exit_2(tmp_path: Path) -> None:
    """The message names what was expected."""
    done = run("check", tmp_path, cwd=tmp_path, env={**os.environ, **NO_ENGINE})

    assert done.returncode == 2
    assert "holds none of the lab folders" in done.stderr
    assert LAB in done.stderr


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["check", "/nosuch"], "does not exist"),
        (["check", "--section", "04-imges"], "There is no lab '04-imges'"),
        (["check", "--format", "pdf"], "'pdf' is not one of"),
        (["chekc"], "No such command 'chekc'"),
        (["rejudge", "."], "There is no */facts.json"),
        (["lint", "--assignments", "."], "There is no */assignment.yaml"),
    ],
)
def test_wrong_use_is_exit_2_with_a_message(tmp_path: Path, args: list[str], words: str) -> None:
    """What was seen and what is expected."""
    done = run(*args, cwd=tmp_path, env={**os.environ, **NO_ENGINE})

    assert done.returncode == 2
    assert words in done.stderr


@pytest.mark.parametrize(
    ("env", "words"),
    [
        ({"DOCKER_HOST": "ssh://nobody@127.0.0.1"}, "needs Python's package paramiko"),
        (
            {
                "DOCKER_HOST": "tcp://127.0.0.1:2376",
                "DOCKER_TLS_VERIFY": "1",
                "DOCKER_CERT_PATH": "/nosuch",
            },
            "cannot be read from /nosuch",
        ),
    ],
)
def test_an_engine_that_cannot_be_reached_as_asked(
    tmp_path: Path, env: dict[str, str], words: str
) -> None:
    """The message says what is missing, and nothing of ours failed."""
    done = run("clean", cwd=tmp_path, env={**os.environ, **env})

    assert done.returncode == 3
    assert words in done.stderr


@pytest.mark.parametrize("how", [["--format", "json"], ["--results", "out"]])
def test_a_folder_whose_name_is_not_utf8_is_graded(tmp_path: Path, how: list[str]) -> None:
    """Its name is shown with an escape, in results too."""
    lab = tmp_path / os.fsdecode(b"bad\xe9") / "05-volumes"
    lab.mkdir(parents=True)
    (lab / "Dockerfile").write_text("FROM python:3.7\n")
    args = ["--static", "--section", "05-volumes", *how, str(lab.parent)]

    done = run("check", *args, cwd=tmp_path, env={**os.environ, **NO_ENGINE})

    assert done.returncode == 0, done.stderr
    written = next((tmp_path / "out").glob("*/result.json")) if how[0] == "--results" else None
    result = json.loads(written.read_text() if written else done.stdout)
    assert result["submission"]["id"] == "bad\\udce9"


def test_a_spec_with_five_mistakes_gives_five_messages(tmp_path: Path) -> None:
    """Each with file and line."""
    shutil.copytree(ROOT / "assignments" / LAB, tmp_path / LAB)
    spec = tmp_path / LAB / "assignment.yaml"
    text = spec.read_text()
    for old, new in [
        ("points: 41", "points: 34"),
        ("of: exec-default, equals", "of: exec-defualt, equals"),
        ("after: shell-builds", "after: shell-build"),
        ("dockerfile: Dockerfile-shell}", "dockerfile: Dockerfile-shel}"),
        ("argv: {of: shell-words", "agrv: {of: shell-words"),
    ]:
        assert old in text
        text = text.replace(old, new, 1)
    spec.write_text(text)

    done = run("lint", "--assignments", tmp_path, cwd=tmp_path, env=os.environ)

    assert done.returncode == 2
    messages = done.stderr.splitlines()
    assert all(message.startswith(f"{spec}:") for message in messages)
    for words in (
        "did you mean 'exec-default'?",
        "did you mean 'shell-builds'?",
        "unknown key 'agrv'; did you mean 'argv'?",
        "'Dockerfile-shel' is not among",
    ):
        assert any(words in message for message in messages), words
    assert any(": points is 34" in message for message in messages)


@pytest.mark.docker
def test_one_grading_in_every_format(model: Path, tmp_path: Path) -> None:
    """Text at 80 columns, JSON that is the contract's, a page; and facts that judge the same."""
    results = tmp_path / "results"

    done = _grader("check", model, "--section", LAB, "--results", results)

    assert done.returncode == 0, done.stderr
    assert "33/33 points" in done.stdout
    assert max(len(line) for line in done.stdout.splitlines()) <= 80
    assert "\x1b" not in done.stdout
    assert f"{results}/alice/report.html" in done.stderr
    saved = Result.model_validate_json((results / "alice" / "result.json").read_text())
    assert (saved.score, saved.max_score, saved.status) == (33, 33, "graded")
    assert saved.format == "grader/result/v1"
    assert json.loads(saved.to_json())["schema"] == "grader/result/v1"

    before = (results / "alice" / "result.json").read_bytes()
    (results / "alice" / "result.json").unlink()
    again = _grader("rejudge", results, env=NO_ENGINE)
    assert again.returncode == 0
    assert again.stdout == "alice: 33/33\n"
    assert (results / "alice" / "result.json").read_bytes() == before


def test_rejudging_a_copied_folder_touches_nobodys_result(tmp_path: Path) -> None:
    """It holds older facts of somebody whose result lies beside it."""
    for name, facts in (("model", "05-volumes"), ("model-old", "mixed")):
        (tmp_path / name).mkdir()
        shutil.copy(ROOT / "tests" / "recorded" / f"{facts}.json", tmp_path / name / "facts.json")
    (tmp_path / "mixed-old").mkdir()
    shutil.copy(ROOT / "tests" / "recorded" / "model.json", tmp_path / "mixed-old" / "facts.json")

    done = run("rejudge", tmp_path, cwd=tmp_path, env={**os.environ, **NO_ENGINE})

    assert done.returncode == 2
    assert done.stdout == "model: 15/15\n"
    assert "model-old: the facts of mixed" in done.stderr
    assert "mixed-old: the facts of model" in done.stderr
    assert sorted(path.name for path in tmp_path.glob("*/result.json")) == ["result.json"]


def test_rejudging_passes_over_what_has_to_be_graded_again(tmp_path: Path) -> None:
    """A check of what nobody looked at, a lab that is not here, torn facts: all others are judged.

    What cannot be judged keeps the result it has.
    """
    labs, results = tmp_path / "labs", tmp_path / "results"
    shutil.copytree(ROOT / "assignments" / "05-volumes", labs / "05-volumes")
    shutil.copytree(ROOT / "assignments" / LAB, labs / LAB)
    spec = labs / "05-volumes" / "assignment.yaml"
    later = "  later: {scene: {steps: [{id: it, start: {image: demo}}]}}"
    asked = {
        "\nobserve:\n": f"\nobserve:\n{later}\n",
        "says: {of: sharing, step: outlived}": "starts: {of: later, step: it}",
    }
    text = spec.read_text()
    for old, new in asked.items():
        assert old in text
        text = text.replace(old, new)
    spec.write_text(text)
    recorded = {"model": "05-volumes", "mixed": "mixed", "other": "07-final-lab"}
    for name, file in recorded.items():
        facts = json.loads((ROOT / "tests" / "recorded" / f"{file}.json").read_text())
        (results / name).mkdir(parents=True)
        (results / name / "facts.json").write_text(json.dumps(facts | {"submission": name}))
    (results / "torn").mkdir()
    (results / "torn" / "facts.json").write_text("{")

    done = run(
        *("rejudge", results, "--assignments", labs),
        cwd=tmp_path, env={**os.environ, **NO_ENGINE},
    )  # fmt: skip

    assert done.returncode == 2
    assert "model: the observation 'later' was not made" in done.stderr
    assert "other: it was graded for 07-final-lab, a lab that is not here" in done.stderr
    assert f"torn: {results}/torn/facts.json holds no facts this grader can read" in done.stderr
    assert "Grade these again." in done.stderr
    assert done.stdout.startswith("mixed: ")
    assert [path.parent.name for path in results.glob("*/result.json")] == ["mixed"]


@pytest.mark.docker
def test_a_low_mark_is_an_error_only_when_asked_for(tmp_path: Path) -> None:
    """`--min-score` is for scripts; otherwise a graded submission is exit 0."""
    folder = assemble(tmp_path / "bob", LAB)
    for path in (folder / LAB).iterdir():
        path.write_text("")

    assert _grader("check", folder, "--section", LAB, "--format", "json").returncode == 0
    done = _grader("check", folder, "--section", LAB, "--format", "json", "--min-score", 1)
    assert done.returncode == 1
    result = Result.model_validate_json(done.stdout)
    assert result.score == 0
    assert result.status == "graded"


@pytest.mark.docker
def test_nothing_of_a_submission_is_imported_or_run_by_the_grader(model: Path) -> None:
    """Modules named like ours, pytest's and Python's own stay untouched, also from inside."""
    canary = model / "canary"
    for name in (
        "yaml.py",
        "docker.py",
        "sitecustomize.py",
        "conftest.py",
        "grader.py",
        "click.py",
    ):
        for folder in (model, model / LAB):
            (folder / name).write_text(f"open({str(canary)!r}, 'w')\n")
    (model / LAB / "main.py").write_text("print('not the provided one')\n")

    done = _grader("check", "--format", "json", cwd=model)

    assert done.returncode == 0
    assert Result.model_validate_json(done.stdout).score == 33
    assert not canary.exists()


def _wait_for(engine: DockerEngine, kind: str) -> None:
    deadline = time.monotonic() + 30
    while not any(entry[0] == kind for entry in running(engine)):
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.docker
@pytest.mark.serial
def test_ctrl_c_is_exit_130_and_leaves_nothing(engine: DockerEngine, model: Path) -> None:
    """What was started is taken away first."""
    before = running(engine)
    # What a shell started with & ignores SIGINT, and so does what that starts.
    command = ["env", "--default-signal=INT", GRADER, "check", str(model), "--faithful"]
    grading = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    _wait_for(engine, "container")
    grading.send_signal(signal.SIGINT)

    _, said = grading.communicate(timeout=60)

    assert grading.returncode == 130
    assert "Interrupted" in said
    assert "Traceback" not in said
    assert running(engine) <= before


@pytest.mark.docker
@pytest.mark.serial
def test_what_a_killed_grader_left_is_cleaned(engine: DockerEngine, model: Path) -> None:
    """A kill -9 leaves containers; `grader clean` finds them by label."""
    grading = subprocess.Popen([GRADER, "check", str(model)], stderr=subprocess.DEVNULL)
    _wait_for(engine, "container")
    grading.kill()
    grading.wait()
    deadline = time.monotonic() + 20
    while running(engine) and time.monotonic() < deadline:
        clean(engine)

    assert not running(engine)
    done = _grader("clean")
    assert done.returncode == 0
    assert done.stdout.startswith("Removed ")


@pytest.mark.docker
def test_the_doctor_finds_this_machine_well() -> None:
    """On a machine where everything else here passes."""
    done = _grader("doctor")

    assert done.returncode == 0, done.stdout
    assert "Docker Engine" in done.stdout or "answers (API" in done.stdout
    ill = _grader("doctor", env={**NO_ENGINE, "COLUMNS": "60"})
    assert ill.returncode == 3
    assert "BAD" in ill.stdout
    assert max(map(len, ill.stdout.splitlines())) <= 60
    assert "to mend it: start the engine that DOCKER_HOST names" in " ".join(ill.stdout.split())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody without a name")
def test_the_doctor_examines_users_without_a_name() -> None:
    """A container may be started as any number."""
    os.seteuid(54321)
    try:
        assert user_name() == "user 54321"
    finally:
        os.seteuid(0)


@pytest.mark.docker
def test_a_lab_that_was_not_handed_in_is_zero_with_that_reason(model: Path) -> None:
    """The others keep their points."""
    done = _grader("check", model, "--format", "json")

    result = Result.model_validate_json(done.stdout)
    missing = next(section for section in result.sections if section.id == "05-volumes")
    assert done.returncode == 0
    assert missing.score == 0
    assert missing.max_score > 0
    assert all("was not submitted" in check.reason for check in missing.checks)
    assert result.score == 33


def _everything(engine: DockerEngine) -> dict[str, set[str]]:
    """Return all there is on the engine, ours or not, the untagged build cache left out."""
    api = engine._api
    return {
        "containers": {entry["Id"] for entry in api.containers(all=True)},
        "networks": {entry["Id"] for entry in api.networks()},
        "volumes": {entry["Name"] for entry in api.volumes()["Volumes"] or []},
        "tags": {tag for entry in api.images() for tag in entry["RepoTags"] or []} - {UNTAGGED},
    }


@pytest.mark.docker
@pytest.mark.serial
def test_a_check_leaves_the_engine_as_it_was(engine: DockerEngine, tmp_path: Path) -> None:
    """Model, wrong and hostile work alike; bystanders are not touched."""
    api = engine._api
    theirs = api.create_container("python:3.7", ["true"])["Id"]
    network = api.create_network(f"bystander-{os.getpid()}")["Id"]
    volume = api.create_volume()["Name"]
    try:
        before = _everything(engine)
        chosen = [None, overlays(LAB, "wrong")[0]]
        for number, overlay in enumerate(chosen):
            folder = assemble(tmp_path / str(number), LAB, overlay)
            hostile = 'FROM python:3.7\nVOLUME /data\nENTRYPOINT ["sh", "-c", "yes"]\n'
            (folder / LAB / "Dockerfile-shell").write_text(hostile)
            assert _grader("check", folder, "--section", LAB).returncode == 0
        assert _everything(engine) == before
    finally:
        api.remove_container(theirs)
        api.remove_network(network)
        api.remove_volume(volume)


@pytest.mark.parametrize(
    "place", ["/proc/nosuch/page", "/proc/1/page", "{here}", "{here}/a/x.txt/y"]
)
def test_a_path_that_cannot_be_written_is_exit_2(tmp_path: Path, place: str) -> None:
    """It is named, with what to do; nobody is asked to send a log."""
    folder = assemble(tmp_path / "a", LAB)
    (folder / "x.txt").write_text("")

    output = place.format(here=tmp_path)
    done = run("check", "--static", folder, "--output", output, cwd=tmp_path, env=os.environ)

    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "cannot be read or written" in done.stderr
    assert "Name another path" in done.stderr
