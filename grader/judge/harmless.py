"""The check that a script leaves the rest of the machine alone."""

import re
from collections.abc import Mapping

from grader.core.text import shorten
from grader.facts.scripts import Call, Change, ScriptFacts, ScriptRun, ScriptWorld
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, passed
from grader.judge.scripts import OfScript, lost, no_step, words, worlds


class Harmless(OfScript):
    """`harmless: {of, may_add: [...], may_change: [...]}`: paths, with `*` all that begin so."""

    may_add: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()


# curl's short options that take a value: what follows one in the same word is no option.
_CURL_VALUES = frozenset("oHAmdXuxewTbcCrEKDFQyYzt")
_APT = frozenset({"--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"})
_UNSAFE: Mapping[str, frozenset[str]] = {
    "apt": _APT,
    "apt-get": _APT,
    "curl": frozenset({"-k", "--insecure"}),
    "wget": frozenset({"--no-check-certificate"}),
}
_UNSAFE_SETTING = re.compile(
    r"(?i)Allow(Unauthenticated|WeakRepositories|InsecureRepositories)=(1|true|yes|with|on|enable)"
    r"|Verify-(Peer|Host)=(0|false|no|without|off|disable)"
)
_SOCKET_MODE = 0o660
_HOW = {"open": "everybody may write to it"}
_PLAIN = re.compile(r"(?i)(--url=)?(http://)?download\.docker\.com(/|$)")


def judge_harmless(_: JudgeContext, facts: ScriptFacts, want: Harmless) -> Outcome:
    """Judge what else a script changed on the machine, and what it switched off."""
    for world in worlds(facts, want):
        for run in world.runs:
            bad = [
                f"{change.path} ({_HOW.get(change.how, change.how)})"
                for change in run.changes
                if not _may(change, world.user, want)
            ]
            bad += _gained(world, run)
            # Where an engine is there beforehand its socket is a check of its own.
            socket = world.after(run).socket
            if socket and world.states[world.start].socket is None and socket.mode != _SOCKET_MODE:
                bad.append(f"the engine's socket (mode {socket.mode:o})")
            if bad:
                more = f" and {len(bad) - 4} more" if len(bad) > 4 else ""  # noqa: PLR2004
                why = f"The script also touched {', '.join(bad[:4])}{more}."
                return lost(facts, world, run, why, actual=shorten(bad[0]))
            if run.left:
                why = (
                    f"When the script had ended, «{shorten(run.left[0])}» still ran, and would run "
                    "on when its user has left."
                )
                return lost(facts, world, run, why, actual="left running")
            if run.ended == "reboot":
                why = f"{facts.file} restarts the machine."
                return lost(facts, world, run, why, actual="restarted")
            for call in run.calls:
                if problem := _unprotected(call):
                    why, actual = problem
                    why = f"«{words(call)}»: {why}"
                    return lost(facts, world, run, why, actual=actual)
    if outcome := no_step(facts, want):
        return outcome
    return passed("Nothing else was changed.", actual="nothing else")


def _gained(world: ScriptWorld, run: ScriptRun) -> list[str]:
    """Return the memberships that a script gave, but for its user's in the group docker."""
    before, after = world.states[world.start].groups, world.after(run).groups
    mine = {("docker", world.user), ("docker", "root")}
    return [
        f"the group {group} ({member} is in it now)"
        for group, members in after.items()
        for member in members
        if member not in before.get(group, ()) and (group, member) not in mine
    ]


def _unprotected(call: Call) -> tuple[str, str] | None:
    """Return what is wrong with a call that does without a protection, and that in short."""
    unsafe = sorted(_UNSAFE.get(call.name, frozenset()) & _options(call))
    if call.name in {"apt", "apt-get"}:
        unsafe += [found[0] for word in call.words if (found := _UNSAFE_SETTING.search(word))]
    if unsafe:
        return f"{unsafe[0]} switches off a check that protects the machine.", unsafe[0]
    if call.step in {"curl", "wget"} and any(_PLAIN.match(word) for word in call.words):
        return "without https anybody on the way can put another key in its place.", "no https"
    return None


def _options(call: Call) -> set[str]:
    """Return the options of a call; short ones written as one word (`-fsS`) are taken apart."""
    found = set()
    for word in call.words:
        if word.startswith("--"):
            found.add(word.partition("=")[0])
        elif word.startswith("-"):
            for letter in word[1:]:
                found.add("-" + letter)
                if call.name == "curl" and letter in _CURL_VALUES:
                    break
    return found


def _may(change: Change, user: str, want: Harmless) -> bool:
    """Return whether a change belongs to the task; nothing may be gone, or everybody's to write."""
    if change.how in {"gone", "open"}:
        return change.how == "open" and change.path.startswith(f"/home/{user}/")
    if change.how == "new" and change.path.startswith((f"/home/{user}/", "/root/")):
        return True
    allowed = (*want.may_change, *(want.may_add if change.how == "new" else ()), "/usr/bin/docker")
    return any(
        change.path.startswith(rule[:-1]) if rule.endswith("*") else change.path == rule
        for rule in allowed
    )
