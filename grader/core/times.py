"""Points in time as people and other programs write them; inside, seconds since 1970."""

import re
from datetime import UTC, datetime

# The last second that a date of four digits can name.
LATEST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
_UNITS = {"min": 60, "h": 3600, "hour": 3600, "d": 86400, "day": 86400, "w": 604800, "week": 604800}
_DURATION = re.compile(r"\+?\s*(\d{1,6})\s*(min|hour|h|day|d|week|w)s?\s*")
# Ruby and some databases write a space before the zone, and more than six decimals.
_LOOSE = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)


def parse_time(text: str) -> int:
    """Return the seconds since 1970 of a date and time; a time without a zone is local time.

    A date alone means its last second. ValueError when it is neither.
    """
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T23:59:59"
    found = _LOOSE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, clock, zone = found.groups()
    zone = "+00:00" if zone in {"Z", "UTC"} else zone or ""
    try:
        seconds = int(datetime.fromisoformat(f"{day}T{clock}{zone}").timestamp())
    except OverflowError as error:
        raise ValueError(text) from error
    if seconds > LATEST:
        raise ValueError(text)
    return seconds


def parse_duration(text: str) -> int:
    """Return the seconds of `15min`, `2h` or `3 days`; ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(text)
    return int(found[1]) * _UNITS[found[2]]


def show_time(seconds: float) -> str:
    """Return a point in time as ISO 8601 in UTC, in whole seconds: `2026-02-01T12:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
