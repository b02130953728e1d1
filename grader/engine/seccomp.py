"""The system calls that a container of the grader's may make: a seccomp profile of its own.

An engine's own profile is as old as the engine: that of 20.10 lets containers make sockets of the
kernel's crypto interface and io_uring requests, through which a program could write into files that
all containers share. This one is the same on every engine, and holds what programs of files,
processes and sockets need. What it refuses on purpose answers EPERM; calls that it does not know
answer ENOSYS where the engine can say so, so that a C library falls back as on an older kernel.
"""

import json
from typing import Any

_EPERM, _ENOSYS = 1, 38

_FILES = """
access chdir chmod chown chroot close close_range copy_file_range creat dup dup2 dup3 faccessat
faccessat2 fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync
fgetxattr flistxattr flock fremovexattr fsetxattr fstat fstatfs fsync ftruncate futimesat getcwd
getdents getdents64 getxattr inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl
lchown lgetxattr link linkat listxattr llistxattr lremovexattr lseek lsetxattr lstat mkdir mkdirat
mknod mknodat newfstatat open openat openat2 pipe pipe2 pread64 preadv preadv2 pwrite64 pwritev
pwritev2 read readahead readlink readlinkat readv removexattr rename renameat renameat2 rmdir
sendfile setxattr splice stat statfs statx symlink symlinkat sync sync_file_range syncfs tee
truncate umask unlink unlinkat utime utimensat utimes write writev
"""
_MEMORY = """
brk get_mempolicy madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap
msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect shmat shmctl shmdt shmget
"""
_PROCESSES = """
alarm arch_prctl capget capset execve execveat exit exit_group fork futex futex_waitv
get_robust_list getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid getppid getpriority
getresgid getresuid getrlimit getrusage getsid gettid getuid ioprio_get ioprio_set kill
landlock_add_rule landlock_create_ruleset landlock_restrict_self pause pidfd_open pidfd_send_signal
prctl prlimit64 restart_syscall rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max
sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
seccomp set_robust_list set_tid_address setfsgid setfsuid setgid setgroups setitimer setpgid
setpriority setregid setresgid setresuid setreuid setrlimit setsid setuid sigaltstack sysinfo tgkill
times tkill uname vfork wait4 waitid
"""
_TIME = """
adjtimex clock_adjtime clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep
time timer_create timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create
timerfd_gettime timerfd_settime
"""
_WAITING = """
epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2
io_cancel io_destroy io_getevents io_setup io_submit poll ppoll pselect6 select signalfd signalfd4
"""
_TALKING = """
accept accept4 bind connect getpeername getrandom getsockname getsockopt listen mq_getsetattr
mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd recvfrom
recvmmsg recvmsg semctl semget semop semtimedop sendmmsg sendmsg sendto setsockopt shutdown
socketpair
"""

_NEVER = """
acct add_key bpf delete_module fanotify_init fanotify_mark finit_module fsconfig fsmount fsopen
fspick init_module io_pgetevents io_uring_enter io_uring_register io_uring_setup ioperm iopl
kcmp kexec_file_load kexec_load keyctl lookup_dcookie mbind memfd_secret migrate_pages
modify_ldt mount mount_setattr move_mount move_pages name_to_handle_at nfsservctl
open_by_handle_at open_tree perf_event_open personality pidfd_getfd pivot_root process_madvise
process_mrelease process_vm_readv process_vm_writev ptrace quotactl quotactl_fd reboot
remap_file_pages request_key set_mempolicy setdomainname sethostname setns settimeofday swapoff
swapon syslog umount2 unshare uselib userfaultfd ustat vhangup vmsplice
"""
REFUSED = frozenset(_NEVER.split())
"""System calls that no container of a lab needs, by the names of x86-64.

Beside them `socket` is granted for the addresses of `_FAMILIES` alone, and `clone` without new
namespaces.
"""

# AF_UNIX, AF_INET, AF_INET6: what a service speaks. The crypto interface, AF_ALG (38), has let a
# program write into the page cache of files that it may only read.
_FAMILIES = (1, 2, 10)
_NETLINK = 16  # routes for getaddrinfo (protocol 0), and sudo's audit (9); no netfilter
_NETLINK_PROTOCOLS = (0, 9)
_NEW_NAMESPACES = 0x7E020000  # all the CLONE_NEW… flags of clone
_PERSONALITIES = (0x0, 0x8, 0x20000, 0x20008, 0xFFFFFFFF)  # what asks, or changes what uname says


def _rule(names: list[str], *args: dict[str, Any]) -> dict[str, Any]:
    return {"names": names, "action": "SCMP_ACT_ALLOW", "args": list(args)}


def _equal(index: int, value: int) -> dict[str, Any]:
    return {"index": index, "value": value, "valueTwo": 0, "op": "SCMP_CMP_EQ"}


def _refuse(names: list[str], errno: int) -> dict[str, Any]:
    return {"names": names, "action": "SCMP_ACT_ERRNO", "errnoRet": errno}


def _profile(*more: str) -> str:
    every = (_FILES + _MEMORY + _PROCESSES + _TIME + _WAITING + _TALKING).split()
    no_namespace = {
        "index": 0,
        "value": _NEW_NAMESPACES,
        "valueTwo": 0,
        "op": "SCMP_CMP_MASKED_EQ",
    }
    profile = {
        "defaultAction": "SCMP_ACT_ERRNO",
        "defaultErrnoRet": _ENOSYS,
        # Without subarchitectures: 32-bit calls, which go other ways through the kernel, are none.
        "archMap": [
            {"architecture": name, "subArchitectures": []}
            for name in ("SCMP_ARCH_X86_64", "SCMP_ARCH_AARCH64")
        ],
        "syscalls": [
            _rule([*every, *more]),
            *(_rule(["socket"], _equal(0, family)) for family in _FAMILIES),
            *(
                _rule(["socket"], _equal(0, _NETLINK), _equal(2, protocol))
                for protocol in _NETLINK_PROTOCOLS
            ),
            _rule(["clone"], no_namespace),
            *(_rule(["personality"], _equal(0, value)) for value in _PERSONALITIES),
            # Its flags lie in memory, where a filter cannot look; whoever calls it falls back.
            _refuse(["clone3"], _ENOSYS),
            _refuse(sorted(REFUSED - {"personality", *more}), _EPERM),
        ],
    }
    return "seccomp=" + json.dumps(profile, separators=(",", ":"))


SECCOMP = _profile()
"""The profile as an engine takes it among a container's `SecurityOpt`."""
MACHINE_SECCOMP = _profile("ptrace")
"""The same for a script's machine, whose first process follows what the script starts by it."""
