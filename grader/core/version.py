"""The grader's version, as people and releases name it: here alone, and the build reads it here."""

VERSION = "0.1.0"


def grader_version() -> str:
    """Return the version, such as "0.1.0"; which code it is exactly, `code_digest` says."""
    return VERSION
