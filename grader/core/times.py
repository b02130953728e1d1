"""Points in time as people and other programs write them; inside, seconds since 1970."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

# The last second that a date of four digits can name.
LATEST = int(datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC).timestamp())
# Where a course is, None for the zone of this machine.
Zone = tzinfo | None
_SECONDS = {"min": 60, "h": 3600, "hour": 3600}
_DAYS = {"d": 1, "day": 1, "w": 7, "week": 7}
_DURATION = re.compile(r"\+?\s*(\d{1,6})\s*(min|hour|h|day|d|week|w)s?\s*")
# Ruby and some databases write a space before the zone, and more than six decimals.
_LOOSE = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:[.,]\d+)?\s*(Z|UTC|[+-]\d\d:?\d\d)?"
)


@dataclass(frozen=True, slots=True)
class Duration:
    """So many days of the calendar and so many seconds.

    A day of the calendar ends at the same time of the clock, also where clocks change: in Berlin
    the one that begins on 24 October 2026 at 22:00 has 25 hours.
    """

    days: int = 0
    seconds: int = 0

    def after(self, moment: int, zone: Zone = None, *, times: int = 1) -> int:
        """Return the moment (seconds since 1970) that is so many of these later in a zone.

        ValueError where that is beyond the last year a date can have.
        """
        # With the zone given, or with none at all, adding days moves the date and keeps the clock.
        try:
            begin = datetime.fromtimestamp(moment, zone)
            end = begin + timedelta(days=self.days * times)
            return int(end.timestamp()) + self.seconds * times
        except OverflowError as error:
            raise ValueError(moment) from error

    def begun(self, moment: int, until: int, zone: Zone = None) -> int:
        """Return how many of these, one after the other from `moment`, have begun before `until`.

        A duration of nothing never ends.
        """
        if until <= moment:
            return 0
        shortest = self.days * 82800 + self.seconds  # a day has 23 hours or more
        longest = self.days * 90000 + self.seconds
        count = max(1, (until - moment) // longest)
        most = -(-(until - moment) // shortest)
        while count < most and self.after(moment, zone, times=count) < until:
            count += 1
        return count


NOTHING = Duration()


def parse_time(text: str, zone: Zone = None) -> int:
    """Return the seconds since 1970 of a date and time; one that names no zone is of `zone`.

    A date alone means its last second. ValueError when it is neither.
    """
    text = text.strip()
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T23:59:59"
    found = _LOOSE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    day, clock, own = found.groups()
    own = "+00:00" if own in {"Z", "UTC"} else own or ""
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}{own}")
        seconds = int((moment if own else moment.replace(tzinfo=zone)).timestamp())
    except OverflowError as error:
        raise ValueError(text) from error
    if seconds > LATEST:
        raise ValueError(text)
    return seconds


def parse_duration(text: str) -> Duration:
    """Return how long `15min`, `2h` or `3 days` are; ValueError for anything else."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise ValueError(text)
    number, unit = int(found[1]), found[2]
    if unit in _DAYS:
        return Duration(days=number * _DAYS[unit])
    return Duration(seconds=number * _SECONDS[unit])


def show_time(seconds: float) -> str:
    """Return a point in time as ISO 8601 in UTC, in whole seconds: `2026-02-01T12:00:00Z`."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
