"""Every kind of check there is: a row for each word that an author can write under `checks`.

Adding a kind is a row here, a judge beside the others and, where nothing like it is observed
yet, a fact and a probe; CONTRIBUTING.md shows the way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from grader.core.models import Frozen
from grader.facts import ImageFacts, NotSeen, RebuildFacts, RunFacts
from grader.facts.scenes import Answered, Content, Said, SceneFacts, Seen, Started, Stopped
from grader.facts.scripts import ScriptFacts
from grader.judge import (
    containers,
    contents,
    groups,
    harmless,
    hello,
    images,
    installing,
    layers,
    processes,
    repository,
    requests,
    scenes,
    scripts,
    stopping,
)
from grader.judge.context import JudgeContext
from grader.judge.instructions import Deciding, arguments, copies, last_of, no_line
from grader.judge.outcome import Outcome, not_seen
from grader.result import Verdict
from grader.spec.assignment import Check, Params

P = TypeVar("P", bound=Params)
F = TypeVar("F", bound=Frozen)


@dataclass(frozen=True, slots=True)
class CheckKind(Generic[P, F]):
    """All that is known of one kind of check; mypy holds each judge to its parameters and facts.

    `params` is the model of what an author writes. `facts` is what the judge looks at: an image's,
    an observation's, or what one step of a scene saw. `expected` says in a few words what has to
    be there; a text where that is always the same. `judge` is called only where there are such
    facts. `shows` is the docker command with which a student sees the same thing, after the image
    was built as IMAGE and, where it is about a run, started as CONTAINER. `explained_by` finds the
    line of the Dockerfile that decided it.
    """

    params: type[P]
    facts: type[F]
    expected: str | Callable[[JudgeContext, P], str]
    judge: Callable[[JudgeContext, F, P], Outcome]
    shows: str = ""
    explained_by: Deciding = no_line

    def step_of(self, params: P) -> str | None:
        """Return the one step of a scene that a check of this kind is about, if it is."""
        return params.steps()[0] if issubclass(self.facts, Seen) else None

    def wanted(self, context: JudgeContext, params: P) -> str:
        """Return in a few words what has to be there; NotObserved where only facts tell that."""
        words = self.expected
        return words if isinstance(words, str) else words(context, params)

    def verdict(self, context: JudgeContext, params: P) -> Verdict:
        """Return the verdict on a check of this kind.

        Where its facts could not be seen, that is the verdict, whatever the kind. NotObserved
        where nobody tried to see them.
        """
        seen = context.subject(params, self.facts)
        expected = self.wanted(context, params)
        if isinstance(seen, NotSeen):
            return not_seen(seen, expected)
        return self.judge(context, seen, params).verdict(expected)


_CONFIG = "docker image inspect --format '{{json .Config.%s}}' IMAGE"
_LOGS = "sleep 1 && docker logs CONTAINER"
_EXIT_CODE = "docker inspect --format '{{.State.ExitCode}}' CONTAINER"
_START = last_of("ENTRYPOINT", "CMD")

KINDS = {
    "answers": CheckKind(
        requests.Answers, Answered, requests.expected_answers, requests.judge_answers
    ),
    "argv": CheckKind(
        processes.Argv,
        RunFacts,
        processes.expected_argv,
        processes.judge_argv,
        shows=_LOGS,
        explained_by=arguments,
    ),
    "builds": CheckKind(images.Builds, ImageFacts, images.expected_builds, images.judge_builds),
    "declares": CheckKind(
        images.Declares,
        ImageFacts,
        images.expected_declares,
        images.judge_declares,
        shows=_CONFIG.replace(".%s", ""),
        explained_by=last_of("VOLUME", "EXPOSE"),
    ),
    "ends": CheckKind(
        scenes.Ends, Started, scenes.expected_ends, scenes.judge_ends, explained_by=_START
    ),
    "env": CheckKind(
        images.Env,
        ImageFacts,
        images.expected_env,
        images.judge_env,
        shows=_CONFIG % "Env",
        explained_by=last_of("ENV"),
    ),
    "environment": CheckKind(
        containers.Environment,
        RunFacts,
        containers.expected_environment,
        containers.judge_environment,
        shows=_LOGS,
        explained_by=last_of("ENV"),
    ),
    "finishes": CheckKind(
        scripts.Finishes,
        ScriptFacts,
        "ends by itself, having done something",
        scripts.judge_finishes,
    ),
    "folder": CheckKind(
        installing.Folders, ScriptFacts, installing.FOLDER, installing.judge_folder
    ),
    "form": CheckKind(
        images.Form,
        ImageFacts,
        images.expected_form,
        images.judge_form,
        shows=_CONFIG % "Entrypoint",
        explained_by=_START,
    ),
    "group": CheckKind(groups.Group, ScriptFacts, groups.expected_group, groups.judge_group),
    "halts": CheckKind(
        scripts.Halts,
        ScriptFacts,
        "nothing installed or started after a failing step, exit code not 0",
        scripts.judge_halts,
    ),
    "harmless": CheckKind(
        harmless.Harmless,
        ScriptFacts,
        "nothing else on the machine is changed",
        harmless.judge_harmless,
    ),
    "hello": CheckKind(hello.Hello, ScriptFacts, hello.expected_hello, hello.judge_hello),
    "holds": CheckKind(contents.Holds, Content, contents.expected_holds, contents.judge_holds),
    "instructions": CheckKind(
        images.Instructions,
        ImageFacts,
        images.expected_instructions,
        images.judge_instructions,
        shows="docker history IMAGE",
    ),
    "keeps": CheckKind(
        groups.Keeps, ScriptFacts, "every member of every group is still in it", groups.judge_keeps
    ),
    "key": CheckKind(installing.Keyed, ScriptFacts, installing.expected_key, installing.judge_key),
    "layer": CheckKind(
        layers.Layer,
        ImageFacts,
        layers.expected_layer,
        layers.judge_layer,
        shows="docker history IMAGE",
        explained_by=last_of("RUN"),
    ),
    "logged": CheckKind(
        contents.Logged, SceneFacts, contents.expected_logged, contents.judge_logged
    ),
    "member": CheckKind(
        groups.GroupMember, ScriptFacts, groups.expected_member, groups.judge_member
    ),
    "neighbours": CheckKind(
        containers.Neighbours,
        RunFacts,
        containers.ALONE,
        containers.judge_neighbours,
        shows="docker exec CONTAINER touch /note && docker run --rm --entrypoint ls IMAGE /",
    ),
    "packages": CheckKind(
        installing.Packages, ScriptFacts, installing.expected_packages, installing.judge_packages
    ),
    "paths": CheckKind(
        images.Paths,
        ImageFacts,
        images.expected_paths,
        images.judge_paths,
        shows="docker run --rm --entrypoint find IMAGE .",
        explained_by=copies,
    ),
    "pid1": CheckKind(
        processes.Pid1,
        RunFacts,
        processes.expected_pid1,
        processes.judge_pid1,
        shows="docker top CONTAINER",
        explained_by=_START,
    ),
    "prerequisites": CheckKind(
        installing.Prerequisites,
        ScriptFacts,
        "apt-get update, then the prerequisites, then the key",
        installing.judge_prerequisites,
    ),
    "program": CheckKind(
        processes.ProgramRuns,
        RunFacts,
        processes.expected_program,
        processes.judge_program,
        shows=_LOGS,
        explained_by=_START,
    ),
    "refuses": CheckKind(
        requests.Refuses,
        Answered,
        "a status that says there was an error, or no answer",
        requests.judge_refuses,
    ),
    "repeats": CheckKind(
        scripts.Repeats,
        ScriptFacts,
        "the second run ends well and changes nothing",
        scripts.judge_repeats,
    ),
    "repository": CheckKind(
        repository.Repository,
        ScriptFacts,
        repository.expected_repository,
        repository.judge_repository,
    ),
    "reused": CheckKind(
        layers.Reused,
        RebuildFacts,
        layers.expected_reused,
        layers.judge_reused,
        explained_by=last_of("RUN"),
    ),
    "says": CheckKind(scenes.SaysLine, Said, "the line is printed", scenes.judge_says),
    "silent": CheckKind(requests.Silent, Answered, "no answer", requests.judge_silent),
    "socket": CheckKind(groups.Socket, ScriptFacts, groups.SAFE_SOCKET, groups.judge_socket),
    "spread": CheckKind(requests.Spread, Answered, requests.expected_spread, requests.judge_spread),
    "starts": CheckKind(scenes.Starts, Started, "the container starts", scenes.judge_starts),
    "stop": CheckKind(
        stopping.Stop,
        RunFacts,
        stopping.expected_stop,
        stopping.judge_stop,
        shows=f"time docker stop CONTAINER && {_EXIT_CODE}",
        explained_by=_START,
    ),
    "stops": CheckKind(
        scenes.StopsInScene, Stopped, scenes.expected_stops, scenes.judge_stops, explained_by=_START
    ),
    "updated": CheckKind(
        installing.Updated, ScriptFacts, installing.UPDATED, installing.judge_updated
    ),
}

# The same rows for those who take any kind: mypy has checked each against its own judge above.
ROWS = cast("Mapping[str, CheckKind[Params, Frozen]]", KINDS)
PARAMS: Mapping[str, type[Params]] = {name: row.params for name, row in ROWS.items()}


def judge(context: JudgeContext, check: Check) -> Verdict:
    """Return the verdict on one check, from facts alone; NotObserved where they lack its facts."""
    return ROWS[check.kind].verdict(context, check.params)
