"""Answers that are a number, maybe with a unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.judge.answers.wording import bare, settled

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
    r"[\s)-]*(?P<unit>%|[a-z][a-z-]*)?"
)
_DENIED = re.compile(
    r"(?:\bnot|\bnever|n't|\bno|\binstead of|\bthan)\s+(?:about\s+|exactly\s+|after\s+)?$"
)
# What tools print: bash's `time` (real 0m10.4s), zsh's (10.4 total), GNU's (0:10.40elapsed), and
# the status that `docker ps -a` shows (Exited (1) 5 seconds ago).
_REST_OF_TIME = re.compile(
    r"\b(?:user|sys)\s+(?:\d+m)?[\d.,]+s?(?![\w.])"
    r"|[\d.,]+s? ?user [\d.,]+s? ?sys(?:tem)?(?: [\d:.,]+%? ?c?pu)?"
)
_MINUTES = re.compile(
    r"(?:\breal\s+)?(?<![\w.])(\d{1,3})(?:m ?(?=[\d.,]+ ?s)|:(?=\d\d))"
    r"(\d{1,4}(?:[.,]\d{1,9})?)( ?s\b)?(?![\d.,]*\d)"
)
_EXITED = re.compile(r"\bexited \((\d+)\)(?: (?:about )?\w+ (?:seconds?|minutes?|hours?) ago)?")
_SUM = re.compile(
    r"(?<![\w.,+-])(\d+(?:\.\d+)?) ?([a-z]*) ?(?:\+|plus) ?(\d+(?:\.\d+)?)(?: ?\2)?(?![\w.,]*\d)"
)
# Behind a number: what begins an explanation, after the word or two for what is counted.
_EXPLAINS = re.compile(
    r"(?:[\s-]*(?!(?:or|and|to|till|until|through|if)\b)[a-z%][a-z-]*){0,2}?\s*"
    r"(?:[(=,;:]|\.(?!\d)|\s-+>?\s|\b(?:because|since|as|so|that is|which|where"
    r"|is(?! not\b| wrong\b| false\b)|not|but not|and not|rather than|instead of)\b)"
)
# Another number that is offered as an answer, too, and does not only explain the first.
_RIVAL = (
    r"(?:^\s*=?|[-(,;:>]|\b(?:and|or|then|next|maybe|perhaps|to|also)\b)\s*(?:it'?s? |is |about )*"
)
_ALONE = re.compile(r"\s*(?:$|[).,;=]|(?:and|or|then|also|maybe)\b)")
_HEDGED = re.compile(
    r"\b(?:or|maybe|perhaps|possibly|either|also|alternatively|otherwise|could|might)\b"
)
_LEAST, _GROUP, _NEAR = 1e-9, 3, 60


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it may be meant (`10,000` has two meanings), and its unit's short form."""

    values: tuple[float, ...]
    unit: str


def read_number(text: str) -> Quantity | None:
    """Return the one number that a text names; None if it names none or several.

    Others may stand in what explains it: `137 (128 + 9, the number of SIGKILL)`.
    """
    plain = _as_printed(settled(bare(text))).replace("\n", "; ")
    whole = _SUM.sub(_added, plain)
    if (found := _only(whole)) is not None:
        return found
    left, _, right = plain.rpartition("=")
    calculated = left.count("(") == left.count(")") and re.search(r"[-+*/^]", left)
    if calculated and re.search(r"\d", left) and (found := _only(right)) is not None:
        return found
    return _explained(whole)


def _as_printed(plain: str) -> str:
    """Return the text with what tools print brought into the form `10.4 s`."""
    plain = re.sub(r"([\d.,]+) (?:total|elapsed)\b", r"\1 s", _REST_OF_TIME.sub("", plain))

    def minutes(match: re.Match[str]) -> str:
        return f"{int(match[1]) * 60 + float(match[2].replace(',', '.')):g} s"

    return _EXITED.sub(r"exited \1", _MINUTES.sub(minutes, plain))


def _added(match: re.Match[str]) -> str:
    return f"{float(match[1]) + float(match[3]):.12g} {match[2]}".strip()


def _only(plain: str) -> Quantity | None:
    """Return the number of a text in which there is one, once or several times."""
    found: list[Quantity] = []
    for match in _NUMBER.finditer(plain):
        quantity = _quantity(match)
        if _DENIED.search(_before(plain, match)) or (found and quantity.values != found[0].values):
            return None
        found.append(quantity)
    return max(found, key=lambda quantity: len(quantity.unit)) if found else None


def _explained(plain: str) -> Quantity | None:
    """Return the first number, if all the others only explain it."""
    first = _NUMBER.search(plain)
    if first is None or _DENIED.search(_before(plain, first)):
        return None
    found = _quantity(first)
    rest = plain[first.end() if found.unit else _end_of_digits(first) :]
    if not _EXPLAINS.match(rest) or _HEDGED.search(rest):
        return None
    for other in _NUMBER.finditer(rest):
        before, quantity = _before(rest, other), _quantity(other)
        behind = rest[other.end() if quantity.unit else _end_of_digits(other) :]
        offered = re.search(_RIVAL + "$", before) and _ALONE.match(behind)
        if offered and quantity.values != found.values and not _DENIED.search(before):
            return None
    return found


def _before(plain: str, match: re.Match[str]) -> str:
    """Return the few words in front of a number."""
    return plain[max(0, match.start() - _NEAR) : match.start()]


def _end_of_digits(match: re.Match[str]) -> int:
    return match.end("word") if match["word"] else max(match.end("digits"), match.end("power"))


def _quantity(match: re.Match[str]) -> Quantity:
    return Quantity(_values(match), _UNITS.get(match["unit"] or "", ""))


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
