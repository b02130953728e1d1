"""The check that hello-world ran at the end of a script, and worked."""

from dataclasses import replace

from grader.facts.scripts import MachineState, ScriptFacts, ScriptRun, ScriptWorld
from grader.judge.apt import Entry, entries
from grader.judge.context import JudgeContext
from grader.judge.installing import no_key, unreadable
from grader.judge.outcome import Outcome, passed
from grader.judge.repository import not_signed, wrong_release
from grader.judge.scripts import (
    HELLO,
    INSTALL,
    SESSIONS,
    UPDATE,
    OfScript,
    first_runs,
    last_words,
    lost,
    words,
)

# How apt-get ends where nobody answers its question; all else that goes wrong there is 100.
_LEFT_OPEN = 1
# Without these there is nothing to run hello-world with.
_NEEDED = frozenset({"docker-ce", "docker-ce-cli", "containerd.io"})


class Hello(OfScript):
    """`hello: {of, by: anybody|user}`: with `user`, the user's own session and not root."""

    by: str = "anybody"


def expected_hello(_: JudgeContext, want: Hello) -> str:
    """Return what the check asks for, in words."""
    who = ", as the user" if want.by == "user" else ""
    return f"docker run hello-world last, successful{who}"


def judge_hello(_: JudgeContext, facts: ScriptFacts, want: Hello) -> Outcome:
    """Judge whether hello-world ran at the end, and worked."""
    own = want.by == "user"
    chosen = list(first_runs(facts, want))
    if own:
        # Without the group nobody can use docker: machines that have it show the rest.
        chosen = [pair for pair in chosen if "docker" in pair[0].after(pair[1]).groups] or chosen
    for world, run in chosen:
        if problem := _no_hello(facts.file, world, run, own=own):
            why, actual = problem
            outcome = lost(facts, world, run, why, actual=actual)
            return replace(outcome, nothing=_could_not(world, run, own=own))
        strict = facts.strict.get(world.name)
        if strict and (problem := _fails_in_reality(strict)):
            why, actual = problem
            return lost(facts, strict, strict.runs[0], why, actual=actual)
    why = "hello-world ran last and successfully"
    why += ", with the group docker active and without sudo." if own else "."
    return passed(why, actual="successful")


def _could_not(world: ScriptWorld, run: ScriptRun, *, own: bool) -> bool:
    """Return whether hello-world was run and could not work, for a reason of an earlier check.

    That is that docker is not installed, or that the user is not in the group that may use it.
    """
    hello = next((call for call in reversed(run.calls) if call.step == HELLO), None)
    state = world.after(run)
    if own:
        # A session with a group one is not in does not even begin.
        refused = any(call.name in SESSIONS and call.code for call in run.calls)
        tried = hello.uid == world.uid and hello.code != 0 if hello else refused
        return tried and world.user not in state.groups.get("docker", ())
    return hello is not None and hello.code != 0 and not _NEEDED.issubset(state.packages)


def _no_hello(
    file: str, world: ScriptWorld, run: ScriptRun, *, own: bool
) -> tuple[str, str] | None:
    steps = [call for call in run.calls if call.step]
    hellos = [call for call in steps if call.step == HELLO]
    if not hellos:
        return f"{file} never got to docker run.{last_words(run)}", "not called"
    hello = hellos[-1]
    who = world.user if hello.uid == world.uid else "root" if hello.uid == 0 else str(hello.uid)
    if own and hello.uid != world.uid:
        return f"«{words(hello)}» was run by {who}, not by {world.user}.", f"by {who}"
    if hello.code != 0:
        groups = ", ".join(hello.groups)
        why = (
            f"«{words(hello)}» failed with exit code {hello.code}: run by {who} (groups: {groups})."
        )
        return why, f"exit code {hello.code}"
    if own and "docker" not in hello.groups:
        why = (
            f"«{words(hello)}» worked although the group docker was not active in {who}'s session."
        )
        return why, "group not active"
    later = steps[steps.index(hello) + 1 :]
    if later:
        return f"«{words(later[0])}» comes after hello-world.", "not last"
    if run.exit_code != 0:
        code = run.exit_code
        return f"hello-world worked, but the script ended with exit code {code}.", f"exit {code}"
    return None


def _fails_in_reality(world: ScriptWorld) -> tuple[str, str] | None:
    """Return why packages could not be installed on a machine as it is in reality.

    None where they could, and where another check names the reason: what is wrong with the key,
    the entry or the order of steps costs its own point and not this one, too.
    """
    run = world.runs[0]
    bad = next((call for call in run.calls if call.step == INSTALL and call.code), None)
    if bad is None or any(call.step == HELLO and call.code == 0 for call in run.calls):
        return None
    if bad.code == _LEFT_OPEN:
        why = (
            f"«{words(bad)}» asked whether to go on. Nobody was there to answer, so nothing was "
            "installed: -y answers beforehand."
        )
        return why, "a question was left open"
    state = world.before(bad)
    found = entries(state.sources)
    if not found or any(_unsound(world, state, entry) for entry in found):
        return None
    updates = [call for call in run.calls[: run.calls.index(bad)] if call.step == UPDATE]
    if not updates or not entries(world.before(updates[-1]).sources):
        return None
    return f"«{words(bad)}» failed with exit code {bad.code}.{last_words(run)}", "apt-get failed"


def _unsound(world: ScriptWorld, state: MachineState, entry: Entry) -> bool:
    """Return whether something is wrong with an entry or its key that another check names."""
    path = entry.path if entry.key_inside else entry.signed_by
    key = next((key for key in state.keys if key.path == path), None)
    return (
        bool(not_signed(state, entry) or wrong_release(world, entry, entry.uri.rstrip("/")))
        or entry.archs not in {(), (world.arch,)}
        or not entry.uri.startswith("https://")
        or key is None
        or bool(no_key(key) or unreadable(key))
    )
