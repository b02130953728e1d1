"""What a script did counts, however it ended; what it never did keeps and spares nothing."""

import pytest

from grader.judge.score import score_lab
from grader.result import CheckResult, Status
from tests.judge.test_scripts import INSTALL, POST, Case


def _results(case: Case) -> dict[str, CheckResult]:
    facts = case.facts.model_copy(update={"observations": {case.name: case.script}})
    return {result.id: result for result in score_lab(case.lab, facts).checks}


def _skipped(case: Case) -> set[str]:
    return {r.id for r in _results(case).values() if r.status is Status.SKIPPED}


def _unchanged(case: Case) -> None:
    """Let the script end at once, on every machine, with the machine as it was."""
    for name, world in case.script.worlds.items():
        for number in range(len(world.runs)):
            case.run(name, number, calls=(), state=world.start, exit_code=2, changes=(), output="")
    case.script = case.script.model_copy(update={"broken": ()})


@pytest.mark.parametrize("name", [INSTALL, POST])
def test_a_script_that_does_nothing_passes_nothing(name: str) -> None:
    """No point is given for what was not even tried, and what could not be seen is skipped."""
    case = Case(name)
    _unchanged(case)
    results = _results(case)

    assert {r.id for r in results.values() if r.status is Status.PASSED} == set()
    assert results["harmless"].after == "finishes"


def test_a_script_that_stops_half_way_keeps_what_it_did() -> None:
    """It fetched the key and wrote the entry, and then never came back."""
    case = Case(INSTALL)
    for name, world in case.script.worlds.items():
        for number, run in enumerate(world.runs):
            steps = [call.step for call in run.calls]
            calls = run.calls[: len(steps) - steps[::-1].index("apt-get install") - 1]
            case.run(name, number, calls=calls, ended="deadline", exit_code=-1)
            case.end(name, number, packages=("ca-certificates", "curl", "gnupg"))
    case.script = case.script.model_copy(update={"broken": ()})
    results = _results(case)

    lost = {r.id for r in results.values() if r.status is Status.FAILED}
    assert lost == {"finishes", "packages", "hello-world"}
    assert _skipped(case) == {"stops-at-failure", "twice"}


def test_without_an_entry_there_is_nothing_to_say_of_it() -> None:
    """One that is there twice can be looked at."""
    case = Case(INSTALL)
    case.end("jammy", sources={})
    assert {"entry-release", "entry-arch", "entry-signed-by"} <= _skipped(case)

    case = Case(INSTALL)
    ((path, text),) = case.after("jammy").sources.items()
    case.end("jammy", sources={path: text, path.replace("docker", "again"): text})
    results = _results(case)
    assert results["entry"].status is Status.FAILED
    assert results["entry-arch"].status is Status.PASSED


def test_members_are_looked_for_where_there_is_the_group() -> None:
    """Who forgets to make it may still put the user in; nowhere a group is nothing to look at."""
    case = Case(POST)
    groups = {name: who for name, who in case.after("absent").groups.items() if name != "docker"}
    case.end("absent", groups=groups)
    results = _results(case)
    assert results["group-made"].status is Status.FAILED
    assert results["user-added"].status is Status.PASSED

    state = case.after("present")
    case.end("present", groups={**state.groups, "docker": ("somebody",)})
    assert _results(case)["user-added"].status is Status.FAILED


def test_a_session_that_is_refused_shows_nothing_of_hello_world() -> None:
    """Nobody gets in by sg who is not in the group: that is the other check's."""
    case = Case(POST)
    for name in ("absent", "present"):
        run = case.script.worlds[name].runs[0]
        calls = tuple(
            call.model_copy(update={"code": 1}) if call.name == "sg" else call
            for call in run.calls
            if call.step != "docker run"
        )
        case.run(name, calls=calls, exit_code=1)
        state = case.after(name)
        case.end(name, groups={**state.groups, "docker": ("somebody",)})
    assert _results(case)["hello-world"].after == "user-added"


def test_a_second_run_that_stops_earlier_is_in_its_own_way() -> None:
    """Also where the first one failed in the end."""
    case = Case(POST)
    run = case.script.worlds["absent"].runs[0]
    last = run.calls[-1].model_copy(update={"step": "docker run", "code": 125})
    case.run("absent", 0, exit_code=1, calls=(*run.calls[:-1], last))
    assert _results(case)["twice"].status is Status.PASSED

    case.calls_of("absent", "groupadd", 1, code=9)
    case.calls("absent", lambda step: step == "groupadd", 1)
    case.run("absent", 1, exit_code=9)
    assert "stopped earlier" in _results(case)["twice"].reason


def test_a_restart_is_no_harmless_thing() -> None:
    """Everybody else on the machine loses their work."""
    case = Case(POST)
    case.run("absent", ended="reboot")
    assert "restarts the machine" in _results(case)["harmless"].reason
