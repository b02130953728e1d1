"""Checks of a script that installs packages from another repository than the distribution's."""

import posixpath
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import Field

from grader.facts.scripts import KeyFile, MachineState, ScriptFacts, ScriptRun
from grader.judge.context import JudgeContext
from grader.judge.outcome import Outcome, nothing, passed
from grader.judge.repository import entries_for, signed_by
from grader.judge.scripts import (
    INSTALL,
    UPDATE,
    OfScript,
    first_runs,
    last_words,
    lost,
    words,
)

_FETCHING = {"curl": "curl", "wget": "wget"}
_GNUPG = {"gnupg", "gnupg2", "gpg", "gnupg1"}
_OTHERS_MAY_READ = 0o004
_FOLDER_MODE = 0o755
# What these checks expect, and what is found where all is well.
FOLDER = "mode 755, owner root"
UPDATED = "entry, apt-get update, apt-get install"


class Keyed(OfScript):
    """`key: {of, url, is: genuine|readable}`: the key of the repository at `url`."""

    url: str
    is_: Literal["genuine", "readable"] = Field(default="genuine", alias="is")


class Folders(OfScript):
    """`folder: {of, url}`: the directory that holds the key of the repository at `url`."""

    url: str


class Prerequisites(OfScript):
    """`prerequisites: {of, names}`: packages that must be installed before the key is fetched.

    So must those of the commands with which the script fetches (curl, wget) and converts (gpg) it.
    """

    names: tuple[str, ...]


class Updated(OfScript):
    """`updated: {of, url, before}`: apt-get update ran once the entry for `url` was there.

    And that before any of the packages `before` was installed.
    """

    url: str
    before: tuple[str, ...]


class Packages(OfScript):
    """`packages: {of, names}`: packages that are installed in the end."""

    names: tuple[str, ...]


def judge_prerequisites(_: JudgeContext, facts: ScriptFacts, want: Prerequisites) -> Outcome:
    """Judge whether what it takes to fetch and convert the key was installed before."""
    for world, run in first_runs(facts, want):
        fetch = next((call for call in run.calls if call.step in _FETCHING), None)
        there = set((world.before(fetch) if fetch else world.after(run)).packages)
        tools = {_FETCHING[fetch.step]} if fetch else set(_FETCHING.values())
        if fetch is None and not (there.issuperset(want.names) and there & tools):
            why = f"{facts.file} fetches no key: neither curl nor wget was called.{last_words(run)}"
            return lost(facts, world, run, why, actual="no key fetched")
        missing = [name for name in want.names if name not in there]
        missing += [] if there & tools else sorted(tools)
        if any(call.step == "gpg" for call in run.calls) and not there & _GNUPG:
            missing.append("gnupg")
        if missing:
            listed = ", ".join(missing)
            when = f"When «{words(fetch)}» was called" if fetch else "When it ended"
            why = f"{when}, the script had not installed {listed}."
            return lost(facts, world, run, why, actual=f"missing: {listed}")
        steps = [
            call.step for call in run.calls if call.step in {UPDATE, INSTALL} and not call.code
        ]
        if UPDATE not in steps or INSTALL in steps[: steps.index(UPDATE)]:
            why = (
                "Nothing called apt-get update before the first apt-get install: a new machine has "
                "no package lists yet."
            )
            return lost(facts, world, run, why, actual="no update before")
    return passed("They were installed before the key was fetched.", actual="yes")


def judge_folder(_: JudgeContext, facts: ScriptFacts, want: Folders) -> Outcome:
    """Judge the directory the key is in: everybody may enter it, root alone may write."""
    path = ""
    for world, run in first_runs(facts, want):
        state = world.after(run)
        path = posixpath.dirname(signed_by(state, want.url)) or _guess(state)
        found = state.folders.get(path)
        if found and found == world.states[world.start].folders.get(path) and not state.keys:
            why = f"{facts.file} put no key anywhere.{last_words(run)}"
            return nothing(why, actual="no key")
        if found is None:
            why = f"There is no directory {path} to hold the key.{last_words(run)}"
            return lost(facts, world, run, why, actual="no directory")
        if (found.mode, found.uid) != (_FOLDER_MODE, 0):
            owner = "root" if found.uid == 0 else f"uid {found.uid}"
            actual = f"mode {found.mode:o}, owner {owner}"
            why = f"{path} has {actual}."
            return lost(facts, world, run, why, actual=actual)
    return passed(f"{path} has {FOLDER}.", actual=FOLDER)


def _guess(state: MachineState) -> str:
    """Return the directory of a key that no entry names, else the usual one."""
    paths = [key.path for key in state.keys if key.genuine]
    return posixpath.dirname(paths[0]) if paths else "/etc/apt/keyrings"


def expected_key(_: JudgeContext, want: Keyed) -> str:
    """Return what the check asks for, in words."""
    readable = want.is_ == "readable"
    return "readable for everybody" if readable else "Docker's key, .gpg binary or .asc text"


def judge_key(context: JudgeContext, facts: ScriptFacts, want: Keyed) -> Outcome:
    """Judge the key: the right bytes in the form its name promises, or that apt can read it."""
    readable = want.is_ == "readable"
    path = ""
    for world, run in first_runs(facts, want):
        found = _key(world.after(run), want.url)
        if found is None:
            why = f"There is no key in a keyring directory.{last_words(run)}"
            outcome = lost(facts, world, run, why, actual="no key")
            return replace(outcome, nothing=readable)
        path = found.path
        problem = unreadable(found) if readable else no_key(found)
        if problem:
            actual = f"mode {found.mode:o}" if readable else found.kind
            return lost(facts, world, run, problem, actual=actual)
    why = (
        f"Everybody may read {path}." if readable else f"{path} is Docker's key in the right form."
    )
    return passed(why, actual=expected_key(context, want))


def _key(state: MachineState, url: str) -> KeyFile | None:
    named = signed_by(state, url)
    keys = sorted(state.keys, key=lambda key: (key.path != named, not key.genuine))
    return keys[0] if keys else None


def unreadable(key: KeyFile) -> str:
    """Return why apt cannot read a key, empty if it can."""
    if key.mode & _OTHERS_MAY_READ:
        return ""
    return (
        f"{key.path} has mode {key.mode:o}: apt reads keys as the user _apt, who may not read it."
    )


def no_key(key: KeyFile) -> str:
    """Return what is wrong with the bytes of a key or its name, empty if nothing is."""
    if key.kind == "empty":
        return f"{key.path} is empty."
    if key.kind not in {"armored", "binary"} or not key.genuine:
        return f"{key.path} does not hold Docker's key but something else."
    if key.path.endswith(".gpg") and key.kind == "armored":
        return (
            f"{key.path} holds the key as text. apt takes a file called .gpg for a binary key: "
            "turn it with gpg --dearmor, or call it .asc."
        )
    if key.path.endswith(".asc") and key.kind == "binary":
        return f"{key.path} holds a binary key. apt takes one called .asc for text: call it .gpg."
    if key.path.endswith(".sources"):
        return ""
    if not key.path.endswith((".gpg", ".asc")):
        return f"{key.path} ends neither in .gpg nor in .asc, so apt does not read it."
    return ""


def judge_updated(_: JudgeContext, facts: ScriptFacts, want: Updated) -> Outcome:
    """Judge whether the package lists were fetched between writing the entry and installing."""
    for world, run in first_runs(facts, want):
        with_entry = [
            n
            for n, call in enumerate(run.calls)
            if call.step == UPDATE and call.code == 0 and entries_for(world.before(call), want.url)
        ]
        installs = [
            n
            for n, call in enumerate(run.calls)
            if call.step == INSTALL and {_package(word) for word in call.words} & set(want.before)
        ]
        if not installs and with_entry:
            continue
        if not any(entries_for(state, want.url) for state in world.states):
            why = f"There never was an entry for the repository.{last_words(run)}"
            return replace(lost(facts, world, run, why, actual="no entry"), nothing=True)
        if not installs:
            why = f"No apt-get update ran once the entry was written.{last_words(run)}"
            return lost(facts, world, run, why, actual="no update")
        if not with_entry or min(with_entry) > installs[0]:
            why = (
                "No apt-get update ran between writing the repository's entry and "
                f"«{words(run.calls[installs[0]])}»: apt does not know its packages yet."
            )
            return lost(facts, world, run, why, actual="no update between")
    why = "apt-get update ran while the entry was there, and before the install."
    return passed(why, actual=UPDATED)


def _package(word: str) -> str:
    """Return the package that a word of apt-get install names, without version, release or arch."""
    return re.split("[=/:]", word, maxsplit=1)[0]


def expected_packages(_: JudgeContext, want: Packages) -> str:
    """Return what the check asks for, in words."""
    return ", ".join(want.names)


def judge_packages(context: JudgeContext, facts: ScriptFacts, want: Packages) -> Outcome:
    """Judge whether all of the packages are installed in the end."""
    flags: list[str] = []
    for world, run in first_runs(facts, want):
        missing = [name for name in want.names if name not in world.after(run).packages]
        if missing:
            listed = ", ".join(missing)
            said = _said(run, missing) or last_words(run)
            return lost(
                facts, world, run, f"Not installed: {listed}.{said}", actual=f"missing: {listed}"
            )
        flags += _unlogged(run, want.names)
    why = f"All {len(want.names)} are installed."
    return passed(why, actual=expected_packages(context, want), flags=tuple(dict.fromkeys(flags)))


def _said(run: ScriptRun, missing: Sequence[str]) -> str:
    """Return what dpkg's list says of packages that are not there, empty if it says nothing."""
    doubts = {doubt.package: doubt.lacks for doubt in run.doubts if doubt.package in missing}
    if not doubts:
        return ""
    names = ", ".join(doubts)
    if "fetched" in doubts.values():
        return f" dpkg's list calls {names} installed, but no archive was asked for them."
    return f" dpkg's list calls {names} installed, but what they hold was never unpacked."


def _unlogged(run: ScriptRun, names: Sequence[str]) -> list[str]:
    silent = [d.package for d in run.doubts if d.lacks == "logged" and d.package in names]
    if not silent:
        return []
    return [f"{', '.join(silent)}: installed, but the logs of dpkg and apt do not say so"]
