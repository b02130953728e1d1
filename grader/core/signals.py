"""Signals and exit codes as Linux numbers them, for they are those of containers."""

import signal

SIGINT, SIGKILL, SIGTERM = 2, 9, 15
# What a shell and the engine report for a process that SIGKILL ended: 128 and the signal's number.
KILLED = 128 + SIGKILL


def name_of(number: int) -> str:
    """Return what a signal is called; one without a name is called by its number."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def number_of(written: str | None) -> int:
    """Return the number of an image's STOPSIGNAL, SIGTERM's where it has none.

    Docker takes names with and without SIG, numbers, and real-time signals by their distance from
    the first (`SIGRTMIN+3`); any other it refuses when the image is built.
    """
    name = (written or "SIGTERM").upper().removeprefix("SIG")
    if name.isdecimal():
        return int(name)
    base, _, distance = name.partition("+")
    return int(getattr(signal, f"SIG{base}", SIGTERM)) + int(distance or 0)


def mask_bit(number: int) -> int:
    """Return a signal's bit in the masks of /proc/PID/status (`SigCgt:`): bit 0 is signal 1."""
    return 1 << (number - 1)
