"""Signals and exit codes as Linux numbers them, for they are those of containers."""

SIGINT, SIGKILL, SIGTERM = 2, 9, 15
# What a shell and the engine report for a process that SIGKILL ended: 128 and the signal's number.
KILLED = 128 + SIGKILL


def mask_bit(signal: int) -> int:
    """Return a signal's bit in the masks of /proc/PID/status (`SigCgt:`): bit 0 is signal 1."""
    return 1 << (signal - 1)
