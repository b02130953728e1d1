"""The grader's version, as people and releases name it."""

from functools import cache

DISTRIBUTION = "docker-tutorial-grader"


@cache
def grader_version() -> str:
    """Return the version of the installed distribution, such as "0.1.0"."""
    # Slow to load, and only a few commands say the version.
    from importlib.metadata import version  # noqa: PLC0415

    return version(DISTRIBUTION)
