"""Answers that are a number, maybe with a unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.judge.answers.words import bare

# What people write for a unit, by the short form that a key uses.
_NAMES: Mapping[str, str] = {
    "s": "sec secs second seconds",
    "ms": "msec msecs millisecond milliseconds milli-seconds",
    "min": "mins minute minutes",
    "h": "hr hrs hour hours",
    "b": "byte bytes",
    "kb": "kilobyte kilobytes",
    "mb": "megabyte megabytes",
    "gb": "gigabyte gigabytes",
    "%": "percent per-cent pct",
}
_UNITS: Mapping[str, str] = {
    word: short for short, words in _NAMES.items() for word in (short, *words.split())
}
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen", "twenty",
)  # fmt: skip
_WORDS: Mapping[str, int] = {
    **{word: number for number, word in enumerate(_SMALL)},
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "ninety": 90,
    "hundred": 100,
}
_NUMBER = re.compile(
    r"(?<![\w.,])(?:(?P<word>" + "|".join(_WORDS) + r")\b"
    r"|(?P<sign>[+-])?(?P<digits>\d{1,3}(?:[ '_]\d{3})+(?:[.,]\d+)?|\d+(?:[.,]\d+)*|[.,]\d+)"
    r"(?P<power>e[+-]?\d{1,2})?(?![\d]))"
    r"[\s-]*(?P<unit>%|[a-z][a-z-]*)?"
)
_DENIED = re.compile(r"(?:\bnot|\bnever|n't|\bno)\s+(?:about\s+|exactly\s+|after\s+)?$")
_LEAST, _GROUP = 1e-9, 3


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it may be meant (`10,000` has two meanings), and its unit's short form."""

    values: tuple[float, ...]
    unit: str


def read_number(text: str) -> Quantity | None:
    """Return the one number that a text names; None if it names none or several."""
    plain = bare(text).replace("\n", " ")
    plain = plain.rsplit("=", 1)[-1]
    found: list[Quantity] = []
    for match in _NUMBER.finditer(plain):
        if _DENIED.search(plain[: match.start()]):
            return None
        quantity = Quantity(_values(match), _UNITS.get(match["unit"] or "", ""))
        if quantity not in found:
            found.append(quantity)
    if len(found) > 1 and len({q.values for q in found}) == 1:
        found = [max(found, key=lambda quantity: len(quantity.unit))]
    return found[0] if len(found) == 1 else None


def is_near(answer: Quantity, value: float, tolerance: float, units: Mapping[str, float]) -> bool:
    """Return whether an answer is that value in the question's unit, or in one of `units`."""
    scale = 1.0
    if units and answer.unit:
        by_short = {_UNITS.get(name.casefold(), name.casefold()): s for name, s in units.items()}
        if answer.unit not in by_short:
            return False
        scale = by_short[answer.unit]
    room = tolerance + _LEAST * max(1.0, abs(value))
    return any(abs(entry * scale - value) <= room for entry in answer.values)


def _values(match: re.Match[str]) -> tuple[float, ...]:
    if match["word"]:
        return (float(_WORDS[match["word"]]),)
    digits, sign = re.sub(r"[ '_]", "", match["digits"]), -1.0 if match["sign"] == "-" else 1.0
    power = match["power"] or ""
    readings = []
    groups = re.split(r"[.,]", digits)
    marks = re.findall(r"[.,]", digits)
    if len(marks) <= 1:
        readings.append(digits.replace(",", "."))
    # A comma before three digits may part thousands, and of several marks all but the last do.
    if marks and all(len(group) == _GROUP for group in groups[1:]) and groups[0]:
        readings.append("".join(groups))
    if len(marks) > 1 and marks[-1] not in marks[:-1]:
        readings.append("".join(groups[:-1]) + "." + groups[-1])
    return tuple(sign * float(f"{reading}{power}") for reading in readings)
