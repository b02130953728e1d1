"""What being late costs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.core.errors import UsageError
from grader.exports.late import parse_policy

HOUR, DAY = 3600, 86400


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
    assert parse_policy(policy).penalty(seconds, maximum) == points


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

    assert policy.penalty(early, maximum) <= policy.penalty(late, maximum) <= maximum * 0.6
