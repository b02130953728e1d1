"""An engine is tried with programs that are known before what it says is believed."""

import io
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from grader.batch.solutions import assemble, expected, overlays
from grader.core.errors import EngineFault
from grader.engine.client import find_client
from grader.engine.docker import DockerEngine
from grader.engine.engine_trial import TRAITS, Trial, try_all
from grader.engine.protocol import BuildRecord, Event
from grader.pipeline import grade_one, open_session
from grader.result import CheckResult, Status
from grader.spec.assignment import Assignment
from grader.submission.snapshot import read_submission
from tests.conftest import LAB

pytestmark = pytest.mark.docker
RUN = "test-trial"


@pytest.fixture
def base(engine: DockerEngine) -> str:
    """Return the id of an allowed base."""
    found = engine.image("python:3.7")
    assert found
    return found.id


def test_this_engine_does_as_it_should(engine: DockerEngine, base: str) -> None:
    """Every trait, and nothing of the programs stays."""
    found = try_all(engine, base, RUN)

    assert found == dict.fromkeys(TRAITS, "")
    assert not [entry for entry in engine.leftovers() if entry.label == RUN]


class _Forgetful(DockerEngine):
    """An engine that records no signal it sends, as Podman is one."""

    def events(self, container: str, since: float, until: float) -> tuple[Event, ...]:
        found = super().events(container, since, until)
        return tuple(event for event in found if event.action != "kill")


class _NoRuntime(DockerEngine):
    """An engine that can run no RUN step, and says so as if the step had failed."""

    def build(
        self, context: bytes, *, dockerfile: str, deadline: float, online: bool = False
    ) -> BuildRecord:
        with tarfile.open(fileobj=io.BytesIO(context)) as files:
            text = files.extractfile(dockerfile)
            assert text
            runs = b"\nRUN " in text.read()
        if runs:
            return BuildRecord(None, "while running runtime: exit status 1", None, "Step 1/2")
        return super().build(context, dockerfile=dockerfile, deadline=deadline, online=online)


class _KillsAtOnce(DockerEngine):
    """An engine that records no signal, and whose stop does not wait."""

    def events(self, container: str, since: float, until: float) -> tuple[Event, ...]:
        found = super().events(container, since, until)
        return tuple(event for event in found if event.action != "kill")

    def stop(self, container: str, grace: int) -> None:  # noqa: ARG002
        self.kill(container)


@pytest.fixture
def odd(request: pytest.FixtureRequest) -> Iterator[DockerEngine]:
    """Yield an engine of the class that a test names."""
    found = request.param(find_client())
    yield found
    found.close()


def _checks(engine: DockerEngine, lab: Assignment, folder: Path) -> Sequence[CheckResult]:
    with open_session(engine) as session:
        result = grade_one(session, read_submission(folder, [LAB]), [lab]).result
    return result.sections[0].checks


@pytest.mark.parametrize("odd", [_Forgetful], indirect=True)
def test_where_no_signals_are_recorded_a_stop_is_judged_by_its_end(
    odd: DockerEngine, lab: Assignment, tmp_path: Path
) -> None:
    """The model loses nothing, and one that does not handle SIGTERM what it loses elsewhere."""
    overlay = next(path for path in overlays(LAB, "wrong") if path.name == "exec-in-shell-form")

    model = _checks(odd, lab, assemble(tmp_path / "model", LAB))
    wrong = _checks(odd, lab, assemble(tmp_path / "wrong", LAB, overlay))

    lost = {check.id for check in wrong if check.status is Status.FAILED}
    assert [c.reason for c in model if c.status in {Status.FAILED, Status.ERROR}] == []
    assert lost == set(expected(overlay).failed)


@pytest.mark.parametrize(
    ("odd", "theirs", "why"),
    [
        (_NoRuntime, "instructions-builds", "a RUN step that does nothing fails"),
        (_KillsAtOnce, "exec-stop", "ends a program that handles SIGTERM with exit code 137"),
    ],
    indirect=["odd"],
)
def test_what_an_engine_does_wrong_is_not_graded_and_never_lost(
    odd: DockerEngine, theirs: str, why: str, lab: Assignment, tmp_path: Path
) -> None:
    """With the reason, which is the engine's; no check of the model is failed."""
    checks = _checks(odd, lab, assemble(tmp_path / "model", LAB))

    found = {check.id: check for check in checks}
    assert [c.reason for c in checks if c.status is Status.FAILED] == []
    assert found[theirs].status is Status.ERROR
    assert why in found[theirs].reason


def test_a_trait_is_tried_once(engine: DockerEngine, base: str) -> None:
    """What is known is told again without a container."""
    trial = Trial(engine, RUN)
    first = trial.fault("names", base)

    assert first == trial.fault("names", "no such image") == ""
    with pytest.raises(EngineFault):
        Trial(_NoRuntime(find_client()), RUN).require("run step", base)
