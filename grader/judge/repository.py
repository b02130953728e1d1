"""Checks of the entry for a repository in apt's lists, as a script left it."""

from collections.abc import Sequence
from typing import Literal

from grader.facts.scripts import MachineState, ScriptFacts, ScriptRun, ScriptWorld
from grader.judge.apt import Entry, entries
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, nothing, passed
from grader.judge.scripts import OfScript, first_runs, last_words, lost


class Repository(OfScript):
    """`repository: {of, url, has: entry|release|arch|signed-by}`: what apt's list says of it."""

    url: str
    has: Literal["entry", "release", "arch", "signed-by"]


def expected_repository(_: JudgeContext, want: Repository) -> str:
    """Return what the check asks for, in words."""
    return {
        "entry": f"one entry for {_host(want.url)}",
        "release": f"{want.url}, the machine's release, stable",
        "arch": "arch is the machine's",
        "signed-by": "signed-by names Docker's key",
    }[want.has]


def judge_repository(context: JudgeContext, facts: ScriptFacts, want: Repository) -> Outcome:
    """Judge the repository's entry as the script left it."""
    for world, run in first_runs(facts, want):
        state = world.after(run)
        found = entries_for(state, want.url)
        if want.has == "entry":
            problem = _no_entry(facts, world, run, found, want.url)
        elif not found:
            return nothing("There is no entry for Docker's repository.", actual="no entry")
        else:
            problem = next(filter(None, (_wrong(world, run, e, want) for e in found)), None)
        if problem:
            why, actual = problem
            return lost(facts, world, run, why, actual=actual)
    expected = expected_repository(context, want)
    return passed(f"On every machine: {expected}.", actual=expected)


def _wrong(
    world: ScriptWorld, run: ScriptRun, entry: Entry, want: Repository
) -> tuple[str, str] | None:
    """Return what of an entry is not as this check wants it, and that in short."""
    if want.has == "release":
        return wrong_release(world, entry, want.url)
    if want.has == "arch":
        return _no_arch(world, entry)
    return not_signed(world.after(run), entry)


def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0]


def entries_for(state: MachineState, url: str) -> tuple[Entry, ...]:
    """Return the entries for the repository's host, even where the rest of an entry is wrong."""
    return tuple(entry for entry in entries(state.sources) if entry.host == _host(url))


def signed_by(state: MachineState, url: str) -> str:
    """Return the file with the key of the repository's entries, empty if none names one.

    That is the entry's own file where the key stands inside it.
    """
    for entry in entries_for(state, url):
        if entry.key_inside or entry.signed_by:
            return entry.path if entry.key_inside else entry.signed_by
    return ""


def _no_entry(
    facts: ScriptFacts, world: ScriptWorld, run: ScriptRun, found: Sequence[Entry], url: str
) -> tuple[str, str] | None:
    if not found:
        added = sorted(world.after(run).sources)
        why = f"After {facts.file} no list of apt's names {_host(url)}."
        if added:
            why += (
                f" {added[0]} holds: {' '.join(world.after(run).sources[added[0]].split())[:160]}"
            )
        return f"{why}{'' if added else last_words(run)}", "no entry"
    if len(found) > 1:
        places = ", ".join(sorted({entry.path for entry in found}))
        return f"There are {len(found)} entries for the repository, in {places}.", f"{len(found)}"
    return None


def wrong_release(world: ScriptWorld, entry: Entry, url: str) -> tuple[str, str] | None:
    """Return what is wrong with an entry's address, suite or component, and that in short."""
    if entry.uri.rstrip("/") != url:
        return f"The entry's address is {entry.uri}, not {url}.", entry.uri
    if entry.suites != (world.release,):
        suites = " ".join(entry.suites) or "nothing"
        why = f"The machine's release is {world.release}, but the entry says {suites}."
        return why, suites
    if set(entry.components) != {"stable"}:
        listed = " ".join(entry.components) or "nothing"
        only = "stable alone" if "stable" in entry.components else "stable"
        return f"The entry's component is {listed}, not {only}.", listed
    return None


def _no_arch(world: ScriptWorld, entry: Entry) -> tuple[str, str] | None:
    if entry.archs == (world.arch,):
        return None
    listed = ",".join(entry.archs)
    if not listed:
        return f"The entry in {entry.path} says no architecture.", "no arch"
    return f"The machine is {world.arch}, but the entry says arch={listed}.", f"arch={listed}"


def not_signed(state: MachineState, entry: Entry) -> tuple[str, str] | None:
    """Return why no key stands for an entry's packages, and that in short."""
    if entry.trusted:
        why = f"{entry.trusted}: apt would take these packages without checking any key."
        return why, entry.trusted
    if entry.key_inside:
        return None
    if not entry.signed_by:
        why = f"The entry in {entry.path} names no key: signed-by is missing."
        return why, "no signed-by"
    key = next((key for key in state.keys if key.path == entry.signed_by), None)
    if key is None:
        return f"signed-by names {entry.signed_by}, and there is no such file.", "no such file"
    return None
