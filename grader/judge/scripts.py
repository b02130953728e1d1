"""Checks of a student's script: what it called and what the machine looked like then."""

from collections.abc import Iterator

from grader.core.text import lines, shorten
from grader.facts import Place
from grader.facts.scripts import Call, ScriptFacts, ScriptRun, ScriptWorld
from grader.judge.context import JudgeContext, NotObserved
from grader.judge.outcome import Outcome, nothing, passed
from grader.spec.assignment import Aspect, Need, Params
from grader.spec.observations import Id

HELLO, INSTALL, UPDATE = "docker run", "apt-get install", "apt-get update"
_STOPS = frozenset(".!?…")
_WINDOWS = (
    "The file has Windows line ends; bash takes the extra character for part of each command. "
    "Save it with Unix line ends (LF)."
)


class OfScript(Params):
    """Parameters of a check that looks at a script, on all of its machines or on those named."""

    of: Id
    on: tuple[Id, ...] = ()

    def needs(self) -> tuple[Need, ...]:
        return (Need(self.of, Aspect.PROCESSES),)

    def observations(self) -> tuple[str, ...]:
        return (self.of,)

    def shows(self) -> bool:
        # Each judge of a script asks whether a step was taken, or looks at what one left.
        return True


def worlds(facts: ScriptFacts, want: OfScript) -> Iterator[ScriptWorld]:
    """Yield the machines a check is about."""
    for name in want.on or tuple(facts.worlds):
        if name not in facts.worlds:
            raise NotObserved(f"the script '{want.of}' did not run on '{name}'")
        yield facts.worlds[name]


def first_runs(facts: ScriptFacts, want: OfScript) -> Iterator[tuple[ScriptWorld, ScriptRun]]:
    """Yield the machines a check is about, each with the script's first run there."""
    for world in worlds(facts, want):
        yield world, world.runs[0]


def took_steps(run: ScriptRun) -> bool:
    """Return whether a run took a step of the lab that went well."""
    return any(call.step and call.code == 0 for call in run.calls)


def no_step(facts: ScriptFacts, want: OfScript) -> Outcome | None:
    """Return the outcome of a check that would pass because a script did nothing, else None."""
    if any(took_steps(run) for _, run in first_runs(facts, want)):
        return None
    world = next(worlds(facts, want))
    why = f"{facts.file} took no step of the lab.{last_words(world.runs[0])}"
    return nothing(why, actual="no step")


def where(world: ScriptWorld) -> str:
    """Return a machine in words, so that a student can set up the same."""
    how = f"started by {world.user}" + (" through sudo" if world.sudo else "")
    return f"{world.release}, {world.arch}, umask {world.umask:03o}, {how}"


def words(call: Call) -> str:
    """Return a call as it would be typed, short."""
    return shorten(" ".join((call.name, *call.words)), 90)


def last_words(run: ScriptRun) -> str:
    """Return a sentence with the last line that a run printed, empty if it printed nothing."""
    rows = [row for row in run.output.splitlines() if row.strip()]
    if not rows:
        return ""
    row = shorten(rows[-1], 140)
    return f" The last line it printed was: {row}{'' if row[-1] in _STOPS else '.'}"


def lost(
    facts: ScriptFacts, world: ScriptWorld, run: ScriptRun, why: str, *, actual: str
) -> Outcome:
    """Return an outcome without points, with the script's own output as evidence."""
    return Outcome(
        passed=False,
        reason=f"{why} (The machine: {where(world)}.)",
        actual=actual,
        hint=_WINDOWS if facts.windows_lines else "",
        place=Place(file=facts.file),
        evidence=lines(run.output),
    )


def first_failure(facts: ScriptFacts) -> str:
    """Return a sentence on what failed first on a machine as in reality, empty if nothing did."""
    for world in facts.strict.values():
        run = world.runs[0]
        bad = next((call for call in run.calls if call.step and call.code), None)
        if bad is not None:
            how = f"failed first at «{shorten(words(bad), 48)}», exit code {bad.code}"
        else:
            how = f"ended with exit code {run.exit_code}"
        return f"On a machine as in reality, {facts.file} {how}.{last_words(run)}"
    return ""


# --- it comes to its end ---------------------------------------------------------------------


class Finishes(OfScript):
    """`finishes: {of}`: the script ends by itself on every machine."""


def judge_finishes(_: JudgeContext, facts: ScriptFacts, want: Finishes) -> Outcome:
    """Judge whether a script comes to its end by itself and took a step of the lab on the way."""
    for world in worlds(facts, want):
        for number, run in enumerate(world.runs):
            if run.ended != "exit":
                why, actual = _cut_off(facts.file, run)
                return lost(facts, world, run, why, actual=actual)
            # A second run may find nothing to do, and through sudo a script may refuse.
            if number == 0 and not world.sudo and not any(call.step for call in run.calls):
                why = (
                    f"{facts.file} ended with exit code {run.exit_code} and took no step of the "
                    f"lab.{last_words(run)}"
                )
                actual = f"exit code {run.exit_code}, no step"
                return lost(facts, world, run, why, actual=actual)
    runs = [run for world in facts.worlds.values() for run in world.runs]
    codes = sorted({run.exit_code for run in runs})
    why = (
        f"{facts.file} came to its end on every machine, exit code {' or '.join(map(str, codes))}."
    )
    return passed(why, actual="came to its end")


def _cut_off(file: str, run: ScriptRun) -> tuple[str, str]:
    calls = [call for call in run.calls if call.step]
    after = f"the last step it had begun was «{words(calls[-1])}»" if calls else "no step was taken"
    if run.ended == "deadline":
        why = f"{file} was still running after {run.seconds:.0f} s and was ended; {after}."
        return why, "did not end"
    if run.ended == "flood":
        why = f"{file} printed more than 1 MiB and was ended; {after}."
        return why, "printed without end"
    if run.ended == "reboot":
        why = f"{file} restarts the machine, and nothing behind that is run; {after}."
        return why, "restarted the machine"
    return f"{file} brought down the machine it was running on; {after}.", "the machine went down"


# --- nothing goes on -------------------------------------------------------------------------


class Halts(OfScript):
    """`halts: {of}`: the script stops at a step that fails."""


def judge_halts(_: JudgeContext, facts: ScriptFacts, __: Halts) -> Outcome:
    """Judge what a script does after each of its steps was made to fail once."""
    tried, problems = 0, []
    for world in facts.broken:
        run = world.runs[0] if world.runs else None
        if run is None:
            continue
        # What was there already is not fetched again, so that nothing failed.
        failing = [n for n, call in enumerate(run.calls) if call.broken and _failed(call)]
        if not failing:
            continue
        at = failing[0]
        tried += 1
        if problem := _went_on(run, at):
            problems.append((world, run, problem))
    if not tried:
        why = f"No step of {facts.file} could be made to fail: it took none that were seen."
        if any(run.ended != "exit" for world in facts.worlds.values() for run in world.runs):
            why = f"{facts.file} did not end by itself, so none of its steps was made to fail."
        return nothing(why, actual="no step seen")
    if problems:
        world, run, problem = problems[0]
        more = f" So it is with {len(problems)} of {tried} steps." if len(problems) > 1 else ""
        actual = f"went on after {len(problems)} of {tried}"
        return lost(facts, world, run, f"{problem}{more}", actual=actual)
    why = f"Each of {tried} steps was made to fail once; every time it stopped there."
    return passed(why, actual=f"stopped after {tried} of {tried}")


# What begins a session with new groups: whoever is not in them may not, and it is tried in vain.
SESSIONS = frozenset({"newgrp", "sg"})


def _failed(call: Call) -> bool:
    """Return whether a call failed; curl is content with a server's error page, and it is not."""
    return bool(call.code) or call.step == "curl"


def _went_on(run: ScriptRun, at: int) -> str:
    """Return how a script went on after its call number `at` had failed, empty if it stopped."""
    call = run.calls[at]
    failure = f"When «{words(call)}» failed"
    if call.step in {"curl", "wget"} and call.code == 0:
        failure = f"When the server answered «{words(call)}» with an error page, and no --fail"
    if run.ended != "exit":
        return f"{failure}, the script did not come to an end."
    for later in run.calls[at + 1 :]:
        onward = later.step in {UPDATE, INSTALL, HELLO} or later.name in SESSIONS
        if onward and not later.broken:
            return f"{failure}, the script went on to «{words(later)}»."
    if run.exit_code == 0:
        return f"{failure}, the script ended with exit code 0, as if all were well."
    return ""


# --- twice -----------------------------------------------------------------------------------


class Repeats(OfScript):
    """`repeats: {of}`: the script can be run a second time."""


def judge_repeats(_: JudgeContext, facts: ScriptFacts, want: Repeats) -> Outcome:
    """Judge a second run on the same machine: it goes as far as the first and changes nothing."""
    for world in worlds(facts, want):
        if len(world.runs) < 2:  # noqa: PLR2004
            continue
        first, second = world.runs[0], world.runs[1]
        if first.ended != "exit" or not took_steps(first):
            why = f"{facts.file} did nothing the first time that could be in its own way."
            if first.ended != "exit":
                why = f"{facts.file} did not end by itself the first time."
            return nothing(why, actual="nothing to repeat")
        if second.exit_code != 0 and first.exit_code == 0:
            why = f"Run a second time it ended with exit code {second.exit_code}.{_cause(second)}"
            actual = f"exit code {second.exit_code}"
            return lost(facts, world, second, why, actual=actual)
        if first.exit_code != 0 and _stopped_earlier(first, second):
            why = f"Run a second time it stopped earlier than the first time.{_cause(second)}"
            return lost(facts, world, second, why, actual="stopped earlier")
        if changed := _differences(world, first, second):
            why = f"The second run changed {changed}."
            return lost(facts, world, second, why, actual=f"changed {changed}")
    why = "A second run on the same machine ended like the first and left it as it was."
    return passed(why, actual="nothing changed")


def _stopped_earlier(first: ScriptRun, second: ScriptRun) -> bool:
    """Return whether the last step that failed in a second run had gone well in the first."""
    bad = _last_failure(second)
    return bad is not None and any(
        (call.name, call.words, call.code) == (bad.name, bad.words, 0) for call in first.calls
    )


def _last_failure(run: ScriptRun) -> Call | None:
    return next((call for call in reversed(run.calls) if call.step and call.code), None)


def _cause(run: ScriptRun) -> str:
    bad = _last_failure(run)
    if bad is None:
        return last_words(run)
    why = f" «{words(bad)}» failed with exit code {bad.code}"
    if bad.name == "gpg":
        return f"{why}: the key's file is there already, and gpg replaces it only with --yes."
    if bad.name == "groupadd":
        return f"{why}: the group is there already."
    return f"{why}."


def _differences(world: ScriptWorld, first: ScriptRun, second: ScriptRun) -> str:
    one, two = world.after(first).model_dump(), world.after(second).model_dump()
    names = {
        "folders": "the keyring directory",
        "keys": "the key",
        "sources": "the repository's entry",
        "groups": "the groups",
        "primary": "the user's own group",
        "socket": "the engine's socket",
        "packages": "the packages",
    }
    return ", ".join(words for key, words in names.items() if one[key] != two[key])
