"""The picture of how the totals of a class are spread, drawn from its summary alone."""

from markupsafe import Markup

from grader.class_report.class_summary import Scores
from grader.render.svg import drawing, finish

_WIDTH, _HEIGHT = 640.0, 190.0
_TOP, _BOTTOM, _GAP = 22.0, 26.0, 3.0
_RADIUS = 2.0


def distribution(scores: Scores, key: str) -> Markup:
    """Return a column chart: for each range of points, how many submissions have so many."""
    most = max((found.count for found in scores.bins), default=0)
    in_words = ", ".join(
        f"{b.count} with {_range(b.first, b.last)}" for b in scores.bins if b.count
    )
    picture = drawing(
        key, f"Points of {scores.count} submissions", f"{in_words}." if in_words else ""
    )
    floor = _HEIGHT - _BOTTOM
    wide = _WIDTH / max(1, len(scores.bins))
    for place, found in enumerate(scores.bins):
        x = place * wide
        high = (floor - _TOP) * found.count / most if most else 0.0
        group = picture.group(f"{_range(found.first, found.last)}: {found.count}")
        if found.count:
            group.rect("column", (x + _GAP / 2, floor - high, wide - _GAP, high), _RADIUS)
            group.text(
                "count", x + wide / 2, floor - high - 6, ("", str(found.count)), anchor="middle"
            )
        group.text("muted", x + wide / 2, floor + 17, ("", str(found.first)), anchor="middle")
    picture.path("axis", ("M", 0.0, floor, "H", _WIDTH))
    return finish(picture, (_WIDTH, _HEIGHT), "distribution")


def _range(first: int, last: int) -> str:
    return f"{first} points" if first == last else f"{first} to {last} points"
