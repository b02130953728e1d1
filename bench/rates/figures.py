"""The rates: of what was graded, how much was right, and every miss by name."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import yaml

from bench.rates import truth
from bench.rates.kept import Kept, read_kept
from bench.rates.mutants import Mutant

_TRUTH = "truth.json"


@dataclass(frozen=True, slots=True)
class Rates:
    """What was graded, sorted by what became of it.

    - `passed` rewrites lost nothing, `rejects` lost something.
    - `killed` mutants lost something, `accepts` nothing though they break a promise, `equal` ones
      break none; of `open` ones nobody has looked yet.
    - `named` are the killed ones whose change has a name, `missed` those of them whose report said
      another thing first.
    """

    passed: Sequence[Kept]
    rejects: Sequence[Kept]
    killed: Sequence[Kept]
    accepts: Sequence[Kept]
    equal: Sequence[Kept]
    open: Sequence[Kept]
    named: Sequence[Kept]
    missed: Sequence[Kept]


def rates(out: Path, chosen: Sequence[Mutant]) -> Rates:
    """Return the rates of all that is kept."""
    every = [found for mutant in chosen if (found := read_kept(out, mutant))]
    rewrites = [one for one in every if one.mutant.rewrite]
    mutants = [one for one in every if not one.mutant.rewrite]
    killed = [one for one in mutants if not one.accepted]
    named = [one for one in killed if one.mutant.causes]
    by_truth: dict[bool | None, list[Kept]] = {True: [], False: [], None: []}
    for one in mutants:
        if one.accepted:
            by_truth[_breaks(out, one.mutant)].append(one)
    return Rates(
        passed=[one for one in rewrites if one.accepted],
        rejects=[one for one in rewrites if not one.accepted],
        killed=killed,
        accepts=by_truth[True],
        equal=by_truth[False],
        open=by_truth[None],
        named=named,
        missed=[one for one in named if one.first not in one.mutant.causes],
    )


def measure(out: Path, chosen: Sequence[Mutant]) -> None:
    """Look with plain docker at every accepted mutant that nobody has looked at."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(partial(_look, out), rates(out, chosen).open))


def _look(out: Path, one: Kept) -> None:
    place = out / one.mutant.digest
    broken = truth.broken(one.mutant, place / "overlay")
    if broken is not None:
        (place / _TRUTH).write_text(json.dumps(broken), encoding="utf-8")
        print(f"{one.mutant.name}: breaks {broken}", flush=True)


def _breaks(out: Path, mutant: Mutant) -> bool | None:
    """Return whether a mutant breaks a promise, None where nobody knows."""
    if mutant.name in _equivalents():
        return False
    path = out / mutant.digest / _TRUTH
    return bool(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None


def _equivalents() -> Mapping[str, str]:
    path = Path(__file__).with_name("equivalents.yaml")
    found: Mapping[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def print_figures(out: Path, chosen: Sequence[Mutant]) -> None:
    """Print every miss, and the rates."""
    found = rates(out, chosen)
    _list("rewrites that lost points", found.rejects)
    _list("mutants that break a promise and lost nothing", found.accepts)
    _list("mutants that lost nothing, not looked at", found.open)
    _list("mutants told something else first", found.missed)
    real = len(found.killed) + len(found.accepts)
    right = len(found.named) - len(found.missed)
    whole = len(found.passed) + len(found.rejects)
    print("\n| figure | of | |\n|---|---|---|")
    for title, part, of in (
        ("false rejects", len(found.rejects), whole),
        ("false accepts", len(found.accepts), real),
        ("mutation score", len(found.killed), real),
        ("cause first and right", right, len(found.named)),
    ):
        print(f"| {title} | {part} of {of} | {100 * part / of if of else 0:.1f} % |")
    print(f"\nleft out: {len(found.equal)} that break nothing, {len(found.open)} not looked at")


def _list(title: str, found: Sequence[Kept]) -> None:
    print(f"\n== {title}: {len(found)}")
    for one in sorted(found, key=lambda one: one.mutant.name):
        print(f"{one.mutant.digest} {one.mutant.name}")
        if one.lost:
            right = "|".join(sorted(one.mutant.causes))
            print(f"    first: {one.first}; right: {right}; lost: {', '.join(one.lost)}")
