"""The late policy: what being late costs, worked out anew from raw scores at every export."""

import re
from dataclasses import dataclass
from fractions import Fraction

from grader.core.errors import UsageError
from grader.core.text import shorten
from grader.core.times import NOTHING, Duration, Zone, parse_duration

_AMOUNT = r"(?P<amount>\d{1,6}(?:\.\d{1,6})?)\s*(?P<percent>%?)"
_RATE = re.compile(rf"{_AMOUNT}\s*(?:/|per|a|an)\s*(?P<per>.+)")
_MOST = re.compile(rf"max(?:imum)?\s*{_AMOUNT}")
_GRACE = re.compile(r"grace\s*(?P<grace>.+)")


@dataclass(frozen=True, slots=True)
class Amount:
    """So many points, or so many per cent of the maximum."""

    number: Fraction
    percent: bool

    def of(self, maximum: int) -> Fraction:
        """Return the points that this is."""
        return self.number * maximum / 100 if self.percent else self.number


@dataclass(frozen=True, slots=True)
class Policy:
    """`amount` is taken for each `per` that has begun since the due date, `most` in all.

    What is late by `grace` or less costs nothing; a second more counts from the due date.
    """

    amount: Amount
    per: Duration
    most: Amount | None = None
    grace: Duration = NOTHING

    def penalty(self, due: int, handed_in: int, maximum: int, zone: Zone = None) -> int:
        """Return the whole points, of `maximum`, that handing in at that moment costs.

        Both moments are in seconds since 1970; days are those of the calendar in `zone`. Rounded
        down: the policy never takes more than it says.
        """
        if handed_in <= self.grace.after(due, zone):
            return 0
        taken = self.amount.of(maximum) * self.per.begun(due, handed_in, zone)
        if self.most is not None:
            taken = min(taken, self.most.of(maximum))
        return int(taken)


def parse_policy(text: str) -> Policy:
    """Return the policy of `10%/day, max 50%, grace 15min`; UsageError for anything else."""
    first, *others = (part.strip().lower() for part in text.split(","))
    try:
        policy = _rate(first)
        for part in others:
            policy = _with(policy, part)
    except ValueError as error:
        raise UsageError(
            f"The penalty '{shorten(text)}' is not understood. Write how much for how long, and "
            "then what else applies: '10%/day', '2/hour, max 20', '10%/day, max 50%, grace 15min'."
        ) from error
    return policy


def _rate(part: str) -> Policy:
    found = _RATE.fullmatch(part)
    if found is None:
        raise ValueError(part)
    per = found["per"].strip()
    period = parse_duration(per if per[:1].isdigit() else f"1{per}")
    if period == NOTHING:
        raise ValueError(part)
    return Policy(_amount(found), period)


def _with(policy: Policy, part: str) -> Policy:
    if most := _MOST.fullmatch(part):
        return Policy(policy.amount, policy.per, _amount(most), policy.grace)
    if grace := _GRACE.fullmatch(part):
        return Policy(policy.amount, policy.per, policy.most, parse_duration(grace["grace"]))
    raise ValueError(part)


def _amount(found: re.Match[str]) -> Amount:
    return Amount(Fraction(found["amount"]), bool(found["percent"]))
