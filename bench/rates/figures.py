"""The rates: of what was graded, how much was right, and every miss by name."""

from collections.abc import Sequence
from pathlib import Path

from bench.rates.kept import Kept, read_kept
from bench.rates.mutants import Mutant


def print_figures(out: Path, chosen: Sequence[Mutant]) -> None:
    """Print the rates of the mutants that are kept."""
    every = [found for mutant in chosen if (found := read_kept(out, mutant))]
    rewrites = [one for one in every if one.mutant.rewrite]
    mutants = [one for one in every if not one.mutant.rewrite]
    rejects = [one for one in rewrites if not one.accepted]
    accepts = [one for one in mutants if one.accepted]
    named = [one for one in mutants if one.mutant.causes and not one.accepted]
    missed = [one for one in named if one.first not in one.mutant.causes]
    _list("rejected rewrites", rejects)
    _list("accepted mutants", accepts)
    _list("causes missed", missed)
    print(f"{len(rewrites)} rewrites, {len(rejects)} rejected")
    print(f"{len(mutants)} mutants, {len(accepts)} accepted")
    print(f"{len(named)} with a name, {len(missed)} told another cause first")


def _list(title: str, found: Sequence[Kept]) -> None:
    print(f"\n== {title}: {len(found)}")
    for one in sorted(found, key=lambda one: one.mutant.name):
        print(f"{one.mutant.digest} {one.mutant.name}")
        if one.lost:
            right = "|".join(sorted(one.mutant.causes))
            print(f"    first: {one.first}; right: {right}; lost: {', '.join(one.lost)}")
