"""Answers that are a number, maybe with a unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from grader.judge.answers.wording import bare, settled

# What people write for a unit, by the short form that a key uses.
_NAMES: Mapping[str, str] = {
    "s": "sec secs second seconds sekunde sekunden segundo segundos seconde secondes",
    "ms": "msec msecs millisecond milliseconds milli-seconds millisekunde millisekunden",
    "us": "\u03bcs usec microsecond microseconds mikrosekunde mikrosekunden",
    "ns": "nanosecond nanoseconds nanosekunde nanosekunden",
    "min": "m mins minute minutes minuten minuto minutos",
    "h": "hr hrs hour hours stunde stunden hora horas",
    "d": "day days tag tage dia dias jour jours",
    "w": "week weeks woche wochen",
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
    r"[\s)-]*(?P<unit>%|[a-z\u03bc][a-z-]*)?"
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
_ALONE = re.compile(r"\s*(?:$|[).,;=(]|-+\s|(?:and|or|then|also|maybe)\b)")
_HEDGED = re.compile(
    r"\b(?:or|maybe|perhaps|possibly|either|also|alternatively|otherwise|could|might)\b"
)
# Words that say no more than *about*, and how far a number was off.
_ABOUT = re.compile(
    r"\b(?:a )?(?:(?:little|tiny|small)(?: bit)?|bit|slightly|just|barely|somewhat) "
    r"(?:more than|less than|longer than|over|above|under|below)\b"
)
_ROOM = re.compile(r"\s*(?:\u00b1|\+/?-)\s*\d+(?:[.,]\d+)?(?: ?(?:m?s|%|[a-z]*seconds?))?(?![\w])")
_SECONDS = r"(\d+) ?(?:s|secs?|seconds?),? (?:and )?(\d{1,3}) ?(?:ms|milliseconds?)\b"
_TIMES = frozenset({"s", "ms", "us", "ns", "min", "h", "d", "w"})
_IN_SECONDS: Mapping[str, float] = {"s": 1, "ms": 1e-3, "us": 1e-6, "min": 60, "h": 3600}
_LEAST, _GROUP, _NEAR = 1e-9, 3, 60


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number as it may be meant (`10,000` has two meanings), and its unit's short form."""

    values: tuple[float, ...]
    unit: str


def read_number(text: str, *, timed: bool = True) -> Quantity | None:
    """Return the one number that a text names; None if it names none or several.

    Others may stand in what explains it: `137 (128 + 9, the number of SIGKILL)`. Where the
    question asks for no time (not `timed`), a time beside the number is passed over.
    """
    plain = _as_printed(settled(bare(text))).replace("\n", "; ")
    if not timed:
        plain = _without_times(plain)
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

    plain = _EXITED.sub(r"exited \1", _MINUTES.sub(minutes, plain))
    plain = re.sub(_SECONDS, lambda found: f"{found[1]}.{found[2]:0>3} s", plain)
    return _ROOM.sub("", _ABOUT.sub("about", plain))


def _without_times(plain: str) -> str:
    """Return the text without its times, if it names another number: `137 after 10 s`."""
    found = list(_NUMBER.finditer(plain))
    times = [match for match in found if _quantity(match).unit in _TIMES]
    if len(times) == len(found):
        return plain
    for match in reversed(times):
        before = re.sub(
            r"(?:\b(?:after|in|within|about|for)|[~\u2248])\s*$", "", plain[: match.start()]
        )
        plain = f"{before.rstrip()} {plain[match.end() :].lstrip(' :,')}".strip()
    return plain


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
    if _calculates(rest) or _lists(rest, found):
        return found
    if not _EXPLAINS.match(rest) or _HEDGED.search(rest):
        return None
    for other in _NUMBER.finditer(rest):
        before, quantity = _before(rest, other), _quantity(other)
        behind = rest[other.end() if quantity.unit else _end_of_digits(other) :]
        offered = re.search(_RIVAL + "$", before) and _ALONE.match(behind)
        if offered and not _agree(found, quantity) and not _DENIED.search(before):
            return None
    return found


def _calculates(rest: str) -> bool:
    """Return whether what stands behind a number says how it comes about: `= 128 + SIGKILL (9)`."""
    return re.fullmatch(r"\s*=[^,;]*\d[^,;]*[-+*/][^,;]*\d[^,;]*", rest) is not None


def _lists(rest: str, found: Quantity) -> bool:
    """Return whether a number counts what is listed behind it: `4: 200, 401, 404, 400`."""
    entries = re.fullmatch(r"\s*:\s*(\d+(?:(?:,| and|, and)\s*\d+)+)\.?\s*", rest)
    return entries is not None and float(len(re.findall(r"\d+", entries[1]))) in found.values


def _agree(one: Quantity, other: Quantity) -> bool:
    """Return whether a second number is the first one, said more or less exactly, or again."""
    if one.values == other.values:
        return True
    scales = [_IN_SECONDS.get(entry.unit or one.unit or other.unit, 0.0) for entry in (one, other)]
    if one.unit and other.unit and 0.0 in scales:
        return False
    first, second = (
        entry.values[0] * (scale or 1.0) for entry, scale in zip((one, other), scales, strict=True)
    )
    exact, rough = sorted((first, second), key=float.is_integer)
    return not exact.is_integer() and rough in {round(exact), int(exact)}


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
