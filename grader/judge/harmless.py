"""The check that a script leaves the rest of the machine alone."""

from collections.abc import Mapping

from grader.facts import NotSeen
from grader.facts.scripts import Call, Change
from grader.judge.common import not_seen, passed
from grader.judge.scripts import OfScript, lost, script, words, worlds
from grader.model import Verdict
from grader.spec.model import Scene
from grader.text import shorten


class Harmless(OfScript):
    """`harmless: {of, may_add: [...], may_change: [...]}`: paths, with `*` all that begin so."""

    may_add: tuple[str, ...] = ()
    may_change: tuple[str, ...] = ()


_UNSAFE: Mapping[str, frozenset[str]] = {
    "apt": frozenset({"--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"}),
    "apt-get": frozenset(
        {"--allow-unauthenticated", "--force-yes", "--allow-insecure-repositories"}
    ),
    "curl": frozenset({"-k", "--insecure"}),
    "wget": frozenset({"--no-check-certificate"}),
}


def judge_harmless(scene: Scene, want: Harmless) -> Verdict:
    """Judge what else a script changed on the machine, and what it switched off."""
    expected = "nothing else on the machine is changed"
    facts = script(scene, want.of)
    if isinstance(facts, NotSeen):
        return not_seen(facts, expected)
    for world in worlds(facts, want):
        for run in world.runs:
            bad = [
                f"{change.path} ({change.how})"
                for change in run.changes
                if not _may(change, world.user, want)
            ]
            if bad:
                more = f" and {len(bad) - 4} more" if len(bad) > 4 else ""  # noqa: PLR2004
                why = f"The script also touched {', '.join(bad[:4])}{more}."
                return lost(facts, world, run, why, expected=expected, actual=shorten(bad[0]))
            for call in run.calls:
                if unsafe := _UNSAFE.get(call.name, frozenset()) & _options(call):
                    option = min(unsafe)
                    why = (
                        f"«{words(call)}»: {option} switches off a check that protects the machine."
                    )
                    return lost(facts, world, run, why, expected=expected, actual=option)
    return passed("Nothing else was changed.", expected=expected, actual="nothing else")


def _options(call: Call) -> set[str]:
    """Return the options of a call, those of a cluster one by one."""
    found = set()
    for word in call.words:
        if word.startswith("--"):
            found.add(word.partition("=")[0])
        elif word.startswith("-"):
            found.update("-" + letter for letter in word[1:])
    return found


def _may(change: Change, user: str, want: Harmless) -> bool:
    """Return whether a change belongs to the task; nothing that was there may be gone."""
    if change.how == "gone":
        return False
    if change.how == "new" and change.path.startswith((f"/home/{user}/", "/root/")):
        return True
    allowed = (*want.may_change, *(want.may_add if change.how == "new" else ()), "/usr/bin/docker")
    return any(
        change.path.startswith(rule[:-1]) if rule.endswith("*") else change.path == rule
        for rule in allowed
    )
