"""Checks of a script that lets a user run docker: groups, their members, the engine's socket."""

from grader.core.text import shorten
from grader.facts.scripts import Call, ScriptFacts, ScriptRun
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, passed
from grader.judge.scripts import (
    OfScript,
    first_runs,
    last_words,
    lost,
    no_step,
    took_steps,
    words,
    worlds,
)
from grader.spec.observations import Id


class Group(OfScript):
    """`group: {of, name}`: the group exists after the script of the observation `of`."""

    name: str = "docker"


def expected_group(_: JudgeContext, want: Group) -> str:
    """Return what the check asks for, in words."""
    return f"the group {want.name} is there"


def judge_group(_: JudgeContext, facts: ScriptFacts, want: Group) -> Outcome:
    """Judge whether a group is there in the end."""
    for world, run in first_runs(facts, want):
        if want.name not in world.after(run).groups:
            why = f"There is no group {want.name} after {facts.file}.{last_words(run)}"
            return lost(facts, world, run, why, actual="no such group")
    return passed(f"The group {want.name} is there.", actual="there")


class GroupMember(OfScript):
    """`member: {of, name, instead}`: the user who started the script is in the group.

    Where the machines of `on` have no such group in the end, those of `instead` are looked at.
    """

    name: str = "docker"
    instead: tuple[Id, ...] = ()


def expected_member(_: JudgeContext, want: GroupMember) -> str:
    """Return what the check asks for, in words."""
    return f"the user who started it is in the group {want.name}"


def judge_member(_: JudgeContext, facts: ScriptFacts, want: GroupMember) -> Outcome:
    """Judge whether the user who started the script, through sudo or not, is in the group."""
    chosen = list(first_runs(facts, want))
    if want.instead and not any(want.name in world.after(run).groups for world, run in chosen):
        chosen = list(first_runs(facts, want.model_copy(update={"on": want.instead})))
    for world, run in chosen:
        start, end = world.states[world.start], world.after(run)
        members = end.groups.get(want.name, ())
        if world.user in members:
            continue
        refused = run.exit_code != 0 and start.groups == end.groups and not _asked(run)
        # What never does anything refuses nothing.
        if world.sudo and refused and any(took_steps(w.runs[0]) for w in facts.worlds.values()):
            continue
        listed = ", ".join(members) or "nobody"
        why = f"In the group {want.name} is {listed}, not {world.user}, who started the script"
        why += " through sudo." if world.sudo else "."
        if world.sudo and "root" in members:
            why += " Under sudo, $USER is root."
        return lost(
            facts,
            world,
            run,
            f"{why}{last_words(run)}",
            actual=f"in it: {listed}",
        )
    why = f"The user who started it is in the group {want.name}."
    return passed(why, actual="in it")


def _asked(run: ScriptRun) -> bool:
    """Return whether a script tried to change anything."""
    return any(call.step for call in run.calls)


class Keeps(OfScript):
    """`keeps: {of}`: nobody lost a group by the script."""


def judge_keeps(_: JudgeContext, facts: ScriptFacts, want: Keeps) -> Outcome:
    """Judge whether every membership there was before is still there."""
    for world, run in first_runs(facts, want):
        before, after = world.states[world.start], world.after(run)
        gone = [
            f"{member} from {group}"
            for group, members in before.groups.items()
            for member in members
            if member not in after.groups.get(group, ())
        ]
        if before.primary != after.primary:
            gone.append(f"{world.user}'s own group, which is now {after.primary or 'none'}")
        if gone:
            why = f"The script took away: {shorten(', '.join(gone), 200)}."
            if any(call.name == "usermod" and _overwrites(call) for call in run.calls):
                why += " usermod -G without -a replaces all of a user's groups."
            return lost(facts, world, run, why, actual=shorten(", ".join(gone)))
    if outcome := no_step(facts, want):
        return outcome
    why = "All groups kept their members, and the user all groups."
    return passed(why, actual="all kept")


def _overwrites(call: Call) -> bool:
    short = "".join(word[1:] for word in call.words if word[:1] == "-" and word[:2] != "--")
    sets = "G" in short or "--groups" in call.words
    return sets and "a" not in short and "--append" not in call.words


SAFE_SOCKET = "mode 660, owner root"
_ANYBODY_MAY_WRITE = 0o002


class Socket(OfScript):
    """`socket: {of}`: the engine's socket is as safe as before the script."""


def judge_socket(_: JudgeContext, facts: ScriptFacts, want: Socket) -> Outcome:
    """Judge whether the engine's socket kept mode and owner, at each step and in the end."""
    for world in worlds(facts, want):
        for run in world.runs:
            for call in run.calls:
                between = world.before(call).socket
                # The rest of it may change on the way to where it was.
                if between and between.mode & _ANYBODY_MAY_WRITE:
                    why = (
                        f"When «{words(call)}» was called, the engine's socket had mode "
                        f"{between.mode:o}. Whoever can write to it is as good as root on this "
                        "machine, and a moment is enough."
                    )
                    return lost(facts, world, run, why, actual=f"mode {between.mode:o}, meanwhile")
            after = world.after(run).socket
            actual = "gone" if after is None else f"mode {after.mode:o}, owner {after.owner}"
            if after is not None and after.group not in {"docker", "root"}:
                actual += f", group {after.group}"
            if actual != SAFE_SOCKET:
                why = (
                    f"The engine's socket has {actual}. Whoever can write to it is as good as root "
                    "on this machine."
                )
                return lost(facts, world, run, why, actual=actual)
    if outcome := no_step(facts, want):
        return outcome
    return passed("The engine's socket is as it was.", actual=SAFE_SOCKET)
