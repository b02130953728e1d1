"""Which versions are told to have holes."""

import pytest

from grader.engine.known_holes import known_holes


@pytest.mark.parametrize(
    ("part", "version", "holes"),
    [
        ("kernel", "6.18.44-fc-v657", 0),
        ("kernel", "6.18.21", 1),
        ("kernel", "5.10.253-deb11", 1),
        ("kernel", "5.11.0", 1),
        ("kernel", "7.1.0-rc1", 0),
        ("runc", "1.1.5+ds1", 2),
        ("runc", "1.1.12", 1),
        ("runc", "1.2.8", 0),
        ("runc", "1.3.2", 1),
        ("engine", "20.10.24+dfsg1", 2),
        ("engine", "29.8.0", 0),
        ("engine", "unknown", 0),
    ],
)
def test_a_hole_is_closed_in_a_series_of_its_own_and_in_all_newer_ones(
    part: str, version: str, holes: int
) -> None:
    """A series that is older than every closed one and has no line of its own is open."""
    assert len(list(known_holes({part: version}))) == holes
