"""The limits every build and every container of a submission runs under, in one place."""

from typing import Any

MIB = 1024 * 1024

CALL_TIMEOUT = 30  # seconds for one ordinary call to the engine
REMOVE_DEADLINE = 120.0  # seconds for taking a container away, with all that it wrote
BUILD_DEADLINE = 120.0  # seconds for one image
PULL_DEADLINE = 900.0  # seconds for one base image
READY_DEADLINE = 10.0  # seconds for a program to be ready to be stopped

BUILD_LOG_LIMIT = 1 * MIB  # bytes of build output after which a build is cut off
BUILD_LOG_KEPT = 16 * 1024  # bytes kept at each end
IMAGE_LIMIT = 512 * MIB  # what an image may add to its base, and one step, and one file of it
PATH_LIMIT = 64 * MIB  # largest file that is read out of an image
LISTING_LIMIT = 8 * MIB  # largest directory that is listed
LIBRARY_LIMIT = 256 * MIB  # largest tree of files that is compared by content

# Parameters of POST /build. The engine caps neither processes nor capabilities of a RUN step;
# docs/isolation.md says what that leaves open.
BUILD_LIMITS: dict[str, str] = {
    "memory": str(512 * MIB),
    "memswap": str(512 * MIB),
    "cpuperiod": "100000",
    "cpuquota": "100000",
    "shmsize": str(8 * MIB),
    "networkmode": "none",
    "rm": "1",
    "forcerm": "1",
}

# Of what a plain `docker run` grants, all that a program needs to be root of its own files and
# processes: an entry point that hands a folder over and goes on as somebody else works as it does
# for a student. MKNOD, NET_RAW, SETFCAP, SETPCAP and AUDIT_WRITE are left out: they reach devices,
# the network below TCP, or the kernel's log. With `no-new-privileges` none of them comes back by a
# setuid program.
CAPABILITIES = (
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "NET_BIND_SERVICE"),
    *("SETGID", "SETUID", "SYS_CHROOT"),
)
# `init`, `tty` and `entrypoint` are absent on purpose: each would replace what is to be observed.
RUN_LIMITS: dict[str, Any] = {
    "cap_drop": ["ALL"],
    "mem_limit": 128 * MIB,
    "memswap_limit": 128 * MIB,
    "cpu_period": 100_000,
    "cpu_quota": 100_000,
    "pids_limit": 64,
    "ipc_mode": "private",
    "shm_size": 8 * MIB,
    "oom_score_adj": 500,
    "log_config": {"type": "json-file", "config": {"max-size": "1m", "max-file": "1"}},
    "restart_policy": {"name": "no"},
}
RUN_ULIMITS: dict[str, int] = {"nofile": 256, "core": 0, "fsize": 16 * MIB}
RUN_ENV: dict[str, str] = {"PYTHONUNBUFFERED": "1"}

# A machine for a student's script has a real sudo in it, so setuid has to work there, and room for
# a package manager. docs/isolation.md says what root in there can do.
MACHINE_LIMITS: dict[str, Any] = RUN_LIMITS | {
    "mem_limit": 256 * MIB,
    "memswap_limit": 256 * MIB,
    "pids_limit": 256,
}
MACHINE_ULIMITS: dict[str, int] = {"nofile": 1024, "core": 0, "fsize": 64 * MIB}
# Process 1 of a machine has all of these. What it starts has neither SETPCAP nor SYS_PTRACE nor
# NET_BIND_SERVICE, and only root among it has any.
MACHINE_CAPABILITIES = (
    *("CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "SETGID", "SETUID", "AUDIT_WRITE"),
    *("NET_BIND_SERVICE", "SETPCAP", "SYS_PTRACE"),
)
SCRIPT_DEADLINE = 12.0  # seconds of its own, asleep or on a processor, for one run of a script
SCRIPT_PATIENCE = 90.0  # seconds in all, the wait for a processor included
