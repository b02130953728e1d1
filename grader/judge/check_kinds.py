"""Every kind of check there is: the word an author writes, its parameters, its judge.

Adding a kind is a row here, a judge beside the others and, where nothing like it is observed
yet, a fact and a probe; CONTRIBUTING.md shows the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from grader.judge import (
    containers,
    contents,
    groups,
    harmless,
    images,
    installing,
    processes,
    requests,
    scenes,
    scripts,
    stopping,
)
from grader.judge.context import JudgeContext
from grader.result import Verdict
from grader.spec.assignment import Check, Params

P = TypeVar("P", bound=Params)


@dataclass(frozen=True, slots=True)
class Kind(Generic[P]):
    """A kind of check: mypy holds each judge to its own parameters.

    `shows` is the docker command with which a student sees the same thing, after the image was
    built as IMAGE and, where it is about a run, started as CONTAINER.
    """

    params: type[P]
    judge: Callable[[JudgeContext, P], Verdict]
    shows: str = ""


_CONFIG = "docker image inspect --format '{{json .Config.%s}}' IMAGE"
_LOGS = "sleep 1 && docker logs CONTAINER"
_EXIT_CODE = "docker inspect --format '{{.State.ExitCode}}' CONTAINER"

KINDS = {
    "answers": Kind(requests.Answers, requests.judge_answers),
    "argv": Kind(processes.Argv, processes.judge_argv, _LOGS),
    "builds": Kind(images.Builds, images.judge_builds),
    "declares": Kind(images.Declares, images.judge_declares, _CONFIG.replace(".%s", "")),
    "ends": Kind(scenes.Ends, scenes.judge_ends),
    "env": Kind(images.Env, images.judge_env, _CONFIG % "Env"),
    "environment": Kind(containers.Environment, containers.judge_environment, _LOGS),
    "finishes": Kind(scripts.Finishes, scripts.judge_finishes),
    "folder": Kind(installing.Folders, installing.judge_folder),
    "form": Kind(images.Form, images.judge_form, _CONFIG % "Entrypoint"),
    "group": Kind(groups.Group, groups.judge_group),
    "halts": Kind(scripts.Halts, scripts.judge_halts),
    "harmless": Kind(harmless.Harmless, harmless.judge_harmless),
    "hello": Kind(scripts.Hello, scripts.judge_hello),
    "holds": Kind(contents.Holds, contents.judge_holds),
    "instructions": Kind(images.Instructions, images.judge_instructions, "docker history IMAGE"),
    "keeps": Kind(groups.Keeps, groups.judge_keeps),
    "key": Kind(installing.Keyed, installing.judge_key),
    "layer": Kind(images.Layer, images.judge_layer, "docker history IMAGE"),
    "logged": Kind(contents.Logged, contents.judge_logged),
    "member": Kind(groups.Member, groups.judge_member),
    "neighbours": Kind(
        containers.Neighbours,
        containers.judge_neighbours,
        "docker exec CONTAINER touch /note && docker run --rm --entrypoint ls IMAGE /",
    ),
    "packages": Kind(installing.Packages, installing.judge_packages),
    "paths": Kind(images.Paths, images.judge_paths, "docker run --rm --entrypoint find IMAGE ."),
    "pid1": Kind(processes.Pid1, processes.judge_pid1, "docker top CONTAINER"),
    "prerequisites": Kind(installing.Prerequisites, installing.judge_prerequisites),
    "program": Kind(processes.ProgramRuns, processes.judge_program, _LOGS),
    "refuses": Kind(requests.Refuses, requests.judge_refuses),
    "repeats": Kind(scripts.Repeats, scripts.judge_repeats),
    "repository": Kind(installing.Repository, installing.judge_repository),
    "reused": Kind(images.Reused, images.judge_reused),
    "runs": Kind(scenes.Runs, scenes.judge_runs),
    "says": Kind(scenes.Says, scenes.judge_says),
    "silent": Kind(requests.Silent, requests.judge_silent),
    "socket": Kind(groups.Socket, groups.judge_socket),
    "spread": Kind(requests.Spread, requests.judge_spread),
    "starts": Kind(scenes.Starts, scenes.judge_starts),
    "stop": Kind(stopping.Stop, stopping.judge_stop, f"time docker stop CONTAINER && {_EXIT_CODE}"),
    "stops": Kind(scenes.StopsInScene, scenes.judge_stops),
    "updated": Kind(installing.Updated, installing.judge_updated),
}

# The same rows for those who take any kind: mypy has checked each against its own judge above.
ROWS = cast("Mapping[str, Kind[Params]]", KINDS)
PARAMS: Mapping[str, type[Params]] = {name: row.params for name, row in ROWS.items()}


def judge(context: JudgeContext, check: Check) -> Verdict:
    """Return the verdict on one check, from facts alone."""
    return ROWS[check.kind].judge(context, check.params)
