"""What being late costs."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import UsageError
from grader.core.times import parse_duration, parse_time
from grader.exports.late import parse_policy

HOUR, DAY = 3600, 86400
DUE = 1_790_000_000
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("due", "handed_in", "days"),
    [
        # Clocks go back on 25 October 2026: that day has 25 hours.
        ("2026-10-24T22:00", "2026-10-25T21:30", 1),
        ("2026-10-24T22:00", "2026-10-25T22:00", 1),
        ("2026-10-24T22:00", "2026-10-25T22:01", 2),
        # And forward on 28 March 2027: 23 hours.
        ("2027-03-27T22:00", "2027-03-28T22:00", 1),
        ("2027-03-27T22:00", "2027-03-28T22:01", 2),
        ("2026-10-20T12:00", "2026-11-03T12:00", 14),
    ],
)
def test_a_day_is_a_day_of_the_calendar(due: str, handed_in: str, days: int) -> None:
    """Where the course is, also in the weeks in which clocks change."""
    begin, end = parse_time(due, BERLIN), parse_time(handed_in, BERLIN)

    assert parse_policy("1/day").penalty(begin, end, 100, BERLIN) == days


def test_an_extension_of_a_week_ends_at_the_same_time_of_the_clock() -> None:
    """Also in the week in which clocks change."""
    begin = parse_time("2026-10-24T22:00", BERLIN)

    assert parse_duration("7d").after(begin, BERLIN) == parse_time("2026-10-31T22:00", BERLIN)
    assert parse_duration("168h").after(begin, BERLIN) == parse_time("2026-10-31T21:00", BERLIN)


@pytest.mark.parametrize(
    ("policy", "seconds", "maximum", "points"),
    [
        ("10%/day", 0, 60, 0),
        ("10%/day", 1, 60, 6),
        ("10%/day", DAY, 60, 6),
        ("10%/day", DAY + 1, 60, 12),
        ("10%/day", 1, 55, 5),
        ("2.5%/day", 3 * DAY, 60, 4),
        ("2/hour", 5 * HOUR, 60, 10),
        ("2/hour, max 7", 5 * HOUR, 60, 7),
        ("10%/day, max 50%", 30 * DAY, 60, 30),
        ("10%/day, grace 15min", 900, 60, 0),
        ("10%/day, grace 15min", 901, 60, 6),
        ("5 per 12h", 13 * HOUR, 60, 10),
        ("100%/week", 1, 60, 60),
        ("1 / Day", 1, 60, 1),
        ("1 per 2 days", 3 * DAY, 60, 2),
    ],
)
def test_each_period_that_has_begun_costs_and_the_rest_of_a_point_is_given(
    policy: str, seconds: int, maximum: int, points: int
) -> None:
    """Per cent are of the maximum; whole points, rounded down."""
    assert parse_policy(policy).penalty(DUE, DUE + seconds, maximum, UTC) == points


@pytest.mark.parametrize(
    "text",
    [
        "",
        "10%",
        "day",
        "-1/day",
        "1/",
        "1/0d",
        "1/month",
        "1/day max 3",
        "1/day,",
        "nan/day",
        "1e9/d",
    ],
)
def test_what_is_no_policy_is_refused_with_examples(text: str) -> None:
    """Nothing is guessed where points are at stake."""
    with pytest.raises(UsageError, match="Write how much for how long"):
        parse_policy(text)


@given(st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 200))
def test_later_never_costs_less(one: int, other: int, maximum: int) -> None:
    """And never more than the cap."""
    policy = parse_policy("7%/day, max 60%, grace 1h")
    early, late = sorted((one, other))

    costs = [policy.penalty(DUE, DUE + seconds, maximum, UTC) for seconds in (early, late)]
    assert costs[0] <= costs[1] <= maximum * 0.6
