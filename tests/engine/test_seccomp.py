"""What containers may ask of the kernel: programs that try what no lab needs, and what all need."""

import json

import pytest

from grader.engine.protocol import ContainerSpec
from grader.engine.seccomp import MACHINE_SECCOMP, REFUSED, SECCOMP
from grader.observe.session import Session

# Prints the errno of each call, 0 where it worked. Numbers are x86-64's.
TRIES = """
import ctypes, json, os, socket
libc = ctypes.CDLL(None, use_errno=True)
NEWUSER = 0x10000000
CALLS = {
    "unshare": (272, NEWUSER), "clone into a namespace": (56, NEWUSER | 17), "setns": (308, 0, 0),
    "userfaultfd": (323, 0), "keyctl": (250, 0, -3), "add_key": (248, 0, 0, 0, 0, 0),
    "bpf": (321, 0, 0, 0), "perf_event_open": (298, 0, 0, -1, -1, 0), "ptrace": (101, 0, 0, 0, 0),
    "io_uring_setup": (425, 1, 0), "process_vm_readv": (310, os.getpid(), 0, 0, 0, 0, 0),
    "process_vm_writev": (311, os.getpid(), 0, 0, 0, 0, 0), "mount": (165, 0, 0, 0, 0, 0),
    "fsopen": (430, 0, 0), "name_to_handle_at": (303, -1, 0, 0, 0, 0), "memfd_secret": (447, 0),
    "pidfd_getfd": (438, -1, 0, 0), "modify_ldt": (154, 0, 0, 0), "syslog": (103, 3, 0, 0),
    "fanotify_init": (300, 0, 0), "open_by_handle_at": (304, -1, 0, 0),
    "vmsplice": (278, -1, 0, 0, 0),
}
def attempt(number, *args):
    ctypes.set_errno(0)
    value = libc.syscall(ctypes.c_long(number), *(ctypes.c_long(arg) for arg in args))
    if value == 0 and number == 56:
        os._exit(0)
    return ctypes.get_errno() if value == -1 else 0
seen = {name: attempt(*call) for name, call in CALLS.items()}
for name, family, kind, protocol in [
    ("socket of the crypto interface", 38, 5, 0), ("socket of virtual machines", 40, 1, 0),
    ("raw packets", 17, 3, 0), ("netfilter", 16, 3, 12), ("bluetooth", 31, 3, 0),
]:
    try:
        socket.socket(family, kind, protocol).close()
        seen[name] = 0
    except OSError as error:
        seen[name] = error.errno
print(json.dumps(seen))
"""
NEEDS = """
import json, mmap, multiprocessing, os, socket, subprocess, tempfile, threading
for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
    socket.socket(family, socket.SOCK_STREAM).close()
socket.socket(16, socket.SOCK_RAW, 0).close()
socket.getaddrinfo("localhost", 80)
thread = threading.Thread(target=print, args=("thread",), kwargs={"flush": True})
thread.start(); thread.join()
child = multiprocessing.get_context("fork").Process(target=print, args=("child",))
child.start(); child.join()
subprocess.run(["sh", "-c", "echo shell | cat; ls -l / >/dev/null; cp /etc/passwd /tmp/copy"])
mmap.mmap(-1, 4096).close()
with tempfile.TemporaryDirectory() as folder:
    os.chown(folder, 1, 1); os.chmod(folder, 0o700); os.symlink("a", folder + "/b")
    os.mkfifo(folder + "/pipe")
os.setgroups([]); os.setgid(65534); os.setuid(65534)
print("nobody", flush=True)
"""


def _printed(session: Session, program: str, *, machine: bool) -> list[str]:
    base = session.bases.get("python:3.7")
    spec = ContainerSpec(
        image=base.id, args=("python3", "-c", program), run_id=session.run_id, machine=machine
    )
    container = session.engine.create(spec)
    try:
        session.engine.start(container)
        assert session.engine.wait(container, 60)
        return [line.text for line in session.engine.log(container)]
    finally:
        session.engine.remove(container)


@pytest.mark.docker
@pytest.mark.parametrize("machine", [False, True])
def test_no_container_gets_at_what_all_containers_share(session: Session, *, machine: bool) -> None:
    """Neither by the kernel's crypto interface nor by io_uring, new namespaces or another's memory.

    On every engine, whatever it refuses by itself; also for root of a script's machine.
    """
    seen = json.loads(_printed(session, TRIES, machine=machine)[-1])

    if machine:  # its agent follows programs by it, and has what no other process there has
        del seen["ptrace"]
    refused = {1, 38, 97}  # EPERM, ENOSYS, EAFNOSUPPORT
    assert {name: errno for name, errno in seen.items() if errno not in refused} == {}


@pytest.mark.docker
@pytest.mark.parametrize("machine", [False, True])
def test_what_programs_are_made_of_works(session: Session, *, machine: bool) -> None:
    """Threads, children, sockets, files, and going on as another user."""
    words = _printed(session, NEEDS, machine=machine)

    assert sorted(words) == ["child", "nobody", "shell", "thread"]


@pytest.mark.parametrize(("profile", "besides"), [(SECCOMP, set()), (MACHINE_SECCOMP, {"ptrace"})])
def test_what_is_refused_is_not_granted_as_well(profile: str, besides: set[str]) -> None:
    """Nobody has to know which of two rules an engine would take."""
    granted = {
        name
        for rule in json.loads(profile.partition("=")[2])["syscalls"]
        if rule["action"] == "SCMP_ACT_ALLOW" and not rule["args"]
        for name in rule["names"]
    }
    assert granted & REFUSED == besides
