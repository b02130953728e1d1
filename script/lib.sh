# What bootstrap, grade and test share; sourced, never run.
# shellcheck shell=bash
#
# set_up makes everything the grader needs: the virtual environment .venv, a Docker engine that
# answers, the base images. What is there already is used and costs next to nothing. Progress
# goes to stderr. Exit codes: 2 for wrong use, 3 for an engine or a machine that cannot be used.

unset CDPATH
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin # where dockerd and iptables are, root's PATH or not

root=$(cd -P -- "$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")/.." && pwd)
venv=$root/.venv
self=${0##*/}

# dockerd asks ps for the processes of a container.
engine_packages=(docker.io iptables procps ca-certificates mmdebstrap)

socket=/var/run/docker.sock
dockerd_log=/var/log/grader-dockerd.log

answer=                # how --yes was given: "yes" or nothing
extra_packages=()      # what would be nice to have: the tests skip what needs it otherwise
packages_listed=       # apt-get update was run
apt_log=''              # what apt-get said, while it is running and when it failed
temporary_policy=/usr/sbin/policy-rc.d
policy_mark="made by grader's script/bootstrap for the time of one apt-get; safe to delete"

say() { printf '%s: %s\n' "$self" "$*" >&2; }

die() { # CODE TEXT
    local code=$1
    shift
    say "$*"
    exit "$code"
}

usage_error() { die 2 "$* (see script/$self --help)"; }

# The comment a script opens with is its help.
show_help() { sed -n -e '1d' -e '/^#/!q' -e 's/^# \{0,1\}//p' -- "$1"; }

# A release is found by its tag and its wheel by the version: the two are one text, with a v before
# the tag or without. Tags of another kind (`week-1`) release nothing.
refuse_tag() { # CODE: ends where this commit's tag names another version
    local version tag tags=''
    if [[ ${GITHUB_REF_TYPE:-} == tag ]]; then
        tags=${GITHUB_REF_NAME:-}
    elif [[ -e $root/.git ]]; then
        tags=$(git -C "$root" tag --points-at HEAD 2>/dev/null) || true
    fi
    for tag in $tags; do
        [[ $tag =~ ^v?[0-9] ]] || continue
        version=$(sed -n 's/^VERSION = "\(.*\)"$/\1/p' "$root/grader/core/version.py")
        [[ ${tag#v} == "$version" ]] || die "$1" "the tag $tag names another version than" \
            "grader/core/version.py, which says $version: change that line and tag the commit" \
            "that does so, or tag this one v$version"
    done
}

# --- asking ----------------------------------------------------------------------------------

is_root() { ((EUID == 0)); }
has_terminal() { [[ -t 0 && -t 2 ]]; }
has_systemd() { [[ -d /run/systemd/system ]]; }

is_debian() {
    command -v apt-get >/dev/null || return 1
    local ids
    # shellcheck disable=SC1091
    ids=$(. /etc/os-release 2>/dev/null && printf '%s' "${ID:-} ${ID_LIKE:-}") || return 1
    [[ " $ids " == *" debian "* || " $ids " == *" ubuntu "* ]]
}

# Whether the machine may be changed. Without a terminal to ask on, only root's run is a yes.
consent() { # QUESTION
    if [[ $answer == yes || ${CI:-} == true ]] || ! has_terminal; then
        is_root || { has_terminal && command -v sudo >/dev/null; }
        return
    fi
    is_root || command -v sudo >/dev/null || return 1
    local reply=
    read -r -p "$self: $1 [y/N] " reply || true
    [[ $reply == [yY] || $reply == [yY][eE][sS] ]]
}

# --- packages of the machine -------------------------------------------------------------------

lock() { # FD WHAT: waits for another run of these scripts, where the file system has locks
    command -v flock >/dev/null || return 0
    flock -n "$1" && return
    say "waiting for another set-up of $2 to end"
    local code=0
    flock -w 1800 "$1" || code=$?
    ((code != 1)) || die 3 "another set-up of $2 has run for half an hour; end it and try again"
}

# Nothing that is installed here may start by itself: the engine is started by start_engine, the
# registry only by the tests. A policy that the machine has already is left alone.
forbid_services() {
    if [[ -e $temporary_policy ]] && ! grep -qF "$policy_mark" "$temporary_policy"; then return; fi
    printf '#!/bin/sh\n# %s\nexit 101\n' "$policy_mark" >"$temporary_policy"
    chmod 755 "$temporary_policy"
    trap allow_services EXIT
}

allow_services() {
    if [[ -e $temporary_policy ]] && grep -qF "$policy_mark" "$temporary_policy"; then
        rm -f -- "$temporary_policy"
    fi
}

apt() { # LOG ARGS...
    local log=$1
    shift
    DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true NEEDRESTART_SUSPEND=1 \
        LC_ALL=C.UTF-8 apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
        -o Dpkg::Options::=--force-confold "$@" </dev/null >>"$log" 2>&1
}

missing_packages() { # PACKAGE...
    local package
    for package; do
        [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
            printf '%s\n' "$package"
    done
}

list_packages() {
    [[ -e $apt_log ]] || apt_log=$(mktemp "${TMPDIR:-/tmp}/grader-apt.XXXXXX")
    [[ ! $packages_listed ]] || return 0
    packages_listed=yes
    apt "$apt_log" update || true # a failure shows in what cannot be installed then
}

# As root. Returns 1, with `apt_log` naming what apt-get said, when it did not work.
install_packages() { # PACKAGE...
    say "installing $* with apt-get (a minute or two)"
    list_packages
    local code=0
    forbid_services
    apt "$apt_log" install --no-install-recommends --no-remove "$@" || code=$?
    allow_services
    ((code == 0)) || return 1
    hash -r
    rm -f -- "$apt_log"
}

require_packages() { # PACKAGE...
    install_packages "$@" && return
    tail -n 5 -- "$apt_log" >&2
    die 3 "apt-get did not install $*; $apt_log has all it said: put that right and run" \
        "script/$self again"
}

# --- Python ------------------------------------------------------------------------------------

# Sets `python` to an interpreter outside of any virtual environment, 3.11 or newer.
find_python() {
    local name found seen=''
    for name in python3 python3.{20..11}; do
        found=$("$name" -c 'import sys
print("%d.%d" % sys.version_info[:2], int(sys.version_info >= (3, 11)),
      getattr(sys, "_base_executable", None) or sys.executable)' 2>/dev/null) || continue
        if [[ $found == *" 1 "* ]]; then
            python=${found#* 1 }
            return
        fi
        [[ $seen ]] || seen=${found%% *}
    done
    if [[ $seen ]]; then seen="python3 here is Python $seen"; else seen="there is no python3 here"; fi
    die 3 "$seen, the grader needs Python 3.11 or newer: install it (Debian 12 and Ubuntu 24.04" \
        "have it as python3; elsewhere pyenv or uv do) as python3 or python3.11 on PATH and run" \
        "script/$self again"
}

can_make_venv() { "$python" -I -c 'import ensurepip, venv' 2>/dev/null; }

# The package that gives $python what a virtual environment is made with, if there is one.
venv_package() {
    local real
    real=$(readlink -f -- "$python")
    is_debian && [[ $real == /usr/bin/python3.* ]] || return 1
    if [[ $real == "$(readlink -f /usr/bin/python3)" ]]; then
        echo python3-venv
    else
        echo "${real##*/}-venv"
    fi
}

# What .venv was made from. A moved checkout, another Python or a changed file makes a difference.
stamp() {
    printf '%s\n' "$root"
    "$venv/bin/python" -I -c 'import sys; print(sys.version)' 2>/dev/null || echo broken
    cat -- "$root/pyproject.toml" "$root/constraints.txt"
}

venv_ready() {
    [[ -x $venv/bin/python && -x $venv/bin/grader && -f $venv/.grader-stamp ]] || return 1
    [[ ! -e $venv/.grader-unfinished ]] || return 1
    stamp | cmp -s - "$venv/.grader-stamp"
}

# Whether pip can go on in the environment that is there: it is whole, and its programs name it.
venv_usable() {
    [[ ! -e $venv/.grader-unfinished ]] || return 1
    local activate=$venv/bin/activate
    grep -qsF -e "=$venv" -e "=\"$venv" -e "='$venv" "$activate" || return 1
    "$venv/bin/python" -I -c 'import sys, pip
raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null
}

make_venv() {
    local log code=0
    log=$(mktemp "${TMPDIR:-/tmp}/grader-pip.XXXXXX")
    if ! venv_usable; then
        say "making the virtual environment .venv"
        rm -rf -- "$venv" || die 3 "$venv is not whole and cannot be removed by user" \
            "$(id -un): remove it as its owner and run script/$self again"
        mkdir -- "$venv" || die 3 "$venv cannot be made: let user $(id -un) write in $root and" \
            "run script/$self again"
        : >"$venv/.grader-unfinished"
        if ! "$python" -m venv "$venv" >"$log" 2>&1; then
            tail -n 5 -- "$log" >&2
            die 3 "\`$python -m venv\` failed; $log has all it said: put that right and run" \
                "script/$self again"
        fi
    fi
    say "installing the Python packages of constraints.txt (up to a minute the first time)"
    rm -f -- "$venv/.grader-stamp"
    : >"$venv/.grader-unfinished" || die 3 "$venv cannot be written by user $(id -un): remove it" \
        "as its owner and run script/$self again"
    # From the root, by a relative path: an extra cannot follow a path with every character.
    (cd -- "$root" && PIP_USER=0 PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
        "$venv/bin/python" -m pip install -c constraints.txt -e '.[dev]') \
        </dev/null >"$log" 2>&1 || code=$?
    if ((code != 0)); then
        # pip undoes what it cannot finish, unless it was killed.
        ((code > 2)) || rm -f -- "$venv/.grader-unfinished"
        tail -n 5 -- "$log" >&2
        die 3 "pip could not install the Python packages (exit $code); $log has all it said: put" \
            "that right (is there a network?) and run script/$self again"
    fi
    stamp >"$venv/.grader-stamp"
    rm -f -- "$log" "$venv/.grader-unfinished"
}

# --- the engine --------------------------------------------------------------------------------

# Asks the engines there may be, each with a deadline, and prints a line for each until one
# answers: state, address, certificates, where it is from, detail; with \x1f between. The docker
# CLI need not be installed. States: ok, absent, denied, silent, strange, unsupported.
ask_engines() { # SECONDS [default]: with `default` only this machine's own engine
    "$python" -I - "$1" "$socket" "${2:-all}" <<'PYTHON'
import hashlib, json, os, signal, socket, sys, time
from pathlib import Path
from urllib.parse import urlsplit

seconds, default = float(sys.argv[1]), "unix://" + sys.argv[2]
home = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")


def candidates():
    env = os.environ
    if sys.argv[3] == "default":
        yield default, "", "default"
        return
    if host := env.get("DOCKER_HOST"):
        certs = env.get("DOCKER_CERT_PATH") or str(home)
        yield host, certs if env.get("DOCKER_TLS_VERIFY") else "", "DOCKER_HOST"
        return
    try:
        name = env.get("DOCKER_CONTEXT") or json.loads((home / "config.json").read_text()).get(
            "currentContext"
        )
        if name and name != "default":
            key = hashlib.sha256(name.encode()).hexdigest()
            meta = json.loads((home / "contexts/meta" / key / "meta.json").read_text())
            certs = home / "contexts/tls" / key / "docker"
            yield meta["Endpoints"]["docker"]["Host"], str(certs) if certs.is_dir() else "", "context"
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass  # no CLI, no context
    yield default, "", "default"


def connect(host, certs, until):
    scheme, _, path = host.partition("://")
    if scheme == "unix":
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(until - time.monotonic())
        sock.connect(path)
        return sock
    where = urlsplit(host)
    secure = bool(certs) or scheme == "https"
    port = where.port or (2376 if secure else 2375)
    name = where.hostname or "localhost"
    sock = socket.create_connection((name, port), until - time.monotonic())
    if secure:
        import ssl

        context = ssl.create_default_context(cafile=f"{certs}/ca.pem" if certs else None)
        if certs:
            context.load_cert_chain(f"{certs}/cert.pem", f"{certs}/key.pem")
        sock = context.wrap_socket(sock, server_hostname=name)
    return sock


def ping(host, certs):
    if host.partition("://")[0] not in {"unix", "tcp", "http", "https"}:
        return "unsupported", "not a unix:// or tcp:// address"
    until = time.monotonic() + seconds
    try:
        with connect(host, certs, until) as sock:
            sock.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            reply = b""
            while b"\r\n\r\n" not in reply and len(reply) < 65536:
                sock.settimeout(max(until - time.monotonic(), 0.001))
                if not (more := sock.recv(4096)):
                    break
                reply += more
    except TimeoutError:
        return "silent", f"no answer in {seconds:g} s"
    except PermissionError as error:
        return "denied", error.strerror or "permission denied"
    except (FileNotFoundError, ConnectionRefusedError) as error:
        return "absent", "no such socket" if error.errno == 2 else "nobody listens"
    except (OSError, ValueError) as error:
        return "absent", getattr(error, "strerror", None) or str(error) or type(error).__name__
    lines = reply.decode("latin-1").split("\r\n")
    if lines[0].split(" ")[1:2] != ["200"]:
        return "strange", f"it said {lines[0][:80]!r}"
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    if "api-version" not in fields:
        return "strange", "it is not a Docker engine"
    return "ok", fields.get("server", "").split(" ")[0].split("+")[0].replace("docker/", "Docker ")


for host, certs, source in candidates():
    signal.alarm(int(seconds) + 2)  # for what has no deadline of its own, such as a name's look-up
    state, detail = ping(host, certs)
    line = "\x1f".join((state, host, certs, source, detail))
    print("".join(c for c in line if c.isprintable() or c == "\x1f"), flush=True)
    if state == "ok":
        break
PYTHON
}

# Sets state, host, source and detail of the engine that answers, or else of the last one asked.
state='' host='' detail='' source=''
probe() { # SECONDS [default]
    local reply its_state its_host certs its_source its_detail
    state=silent host=${DOCKER_HOST:-unix://$socket} source=default detail="no answer in $1 s"
    [[ ! ${DOCKER_HOST:-} ]] || source=DOCKER_HOST
    reply=$(ask_engines "$@") || true
    while IFS=$'\x1f' read -r its_state its_host certs its_source its_detail; do
        [[ $its_state ]] || continue
        state=$its_state host=$its_host source=$its_source detail=$its_detail
        if [[ $source == context && $state != ok ]]; then
            say "the docker CLI's context is $host, where no engine answers ($detail); going on" \
                "without"
        elif [[ $source == context ]]; then
            # The grader asks where DOCKER_HOST says, it does not read the CLI's contexts.
            export DOCKER_HOST=$host
            [[ ! $certs ]] || export DOCKER_CERT_PATH=$certs DOCKER_TLS_VERIFY=1
        fi
    done <<<"$reply"
    [[ $state == ok ]]
}

# The process id in FILE, if a process NAME has it.
running() { # FILE NAME
    local pid
    pid=$(cat -- "$1" 2>/dev/null) && [[ $pid =~ ^[0-9]+$ ]] || return 1
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == "$2" ]] && echo "$pid"
}

# What an engine that was killed leaves behind can keep the next one from starting.
clear_leftovers() {
    running /var/run/docker.pid dockerd >/dev/null || rm -f /var/run/docker.pid
    running /var/run/docker/containerd/containerd.pid containerd >/dev/null ||
        rm -f /var/run/docker/containerd/containerd.pid
    # dockerd takes this socket for a running containerd, whether anyone listens or not.
    local containerd=/run/containerd/containerd.sock
    [[ ! -S $containerd ]] || "$python" -I -c 'import socket, sys
try:
    socket.socket(socket.AF_UNIX).connect(sys.argv[1])
except ConnectionRefusedError:
    raise SystemExit(1)' "$containerd" || rm -f "$containerd"
}

# On a machine that nothing was started on, not even its control groups are there.
mount_cgroups() {
    ! grep -qE ' cgroup2? ' /proc/mounts || return 0
    [[ -d /sys/fs/cgroup ]] || return 0
    local name
    if [[ -e /proc/cgroups ]] && mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup; then
        while read -r name; do
            mkdir -p "/sys/fs/cgroup/$name"
            mount -t cgroup -o "$name" cgroup "/sys/fs/cgroup/$name" ||
                rmdir "/sys/fs/cgroup/$name" || true
        done < <(awk '!/^#/ && $4 == 1 { print $1 }' /proc/cgroups)
        [[ ! -d /sys/fs/cgroup/memory ]] || return 0
        umount -R /sys/fs/cgroup || true
    fi
    mount -t cgroup2 cgroup2 /sys/fs/cgroup || true
} 2>/dev/null

# dockerd as a process of its own, with none of the caller's pipes: they can close.
run_dockerd() { # LOG
    (
        cd /
        # iptables speaks nf_tables in Debian; dockerd needs the older one where the kernel has not.
        if ! iptables -w -t nat -L -n && iptables-legacy -w -t nat -L -n; then
            mkdir -p /run/grader-iptables
            ln -sfn "$(command -v iptables-legacy)" /run/grader-iptables/iptables
            ln -sfn "$(command -v ip6tables-legacy)" /run/grader-iptables/ip6tables
            PATH=/run/grader-iptables:$PATH
        fi >/dev/null 2>&1
        for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            ((fd <= 2)) || eval "exec $fd>&-"
        done
        unset DOCKER_HOST DOCKER_CONTEXT
        exec setsid nohup dockerd "${engine_options[@]}" </dev/null >"$1" 2>&1
    ) &
    engine_pid=$!
}

# Network namespaces of containers that ended with a killed dockerd stay on its bridge, with their
# addresses. One that keeps its record takes them away; another gives the addresses out again, and
# who connects reaches now one and now the other.
forget_networks() {
    local namespace
    for namespace in /var/run/docker/netns/*; do
        umount "$namespace" && rm -f "$namespace"
    done
    ip link delete docker0 || true
} >/dev/null 2>&1

engine_pid=
engine_options=()
# A dockerd that was killed can leave what no dockerd starts with again: libnetwork 20.10 panics at a
# network that it had only begun to write. With an empty data root it starts, and what the old one
# holds stays as it is; where somebody can be asked, they mend the old one instead.
spare_data=/var/lib/grader-docker
start_with_spare_data() { # LOG: false where that was tried or is not ours to do
    [[ ${CI:-} == true && $engine_pid && ${#engine_options[@]} == 0 ]] || return 1
    tail -n 30 -- "$1" >&2
    say "the Docker engine does not start with what is in /var/lib/docker (its log ends above);" \
        "starting it with the data root $spare_data"
    kill -KILL "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
    forget_networks
    engine_options=(--data-root "$spare_data")
    clear_leftovers
    run_dockerd "$1"
}

# As root, dockerd is installed: returns when the engine answers.
start_engine() {
    local until=$((SECONDS + 60)) log="\`journalctl -u docker\`" pid
    if pid=$(running /var/run/docker.pid dockerd); then
        say "a Docker engine (process $pid) is starting; waiting for it"
        until=$((SECONDS + 30)) log=
    elif has_systemd; then
        say "starting the Docker engine (systemctl start docker)"
        systemctl reset-failed docker.service docker.socket >/dev/null 2>&1 || true
        timeout 60 systemctl start docker >/dev/null 2>&1 </dev/null || until=$((SECONDS + 2))
    else
        say "starting the Docker engine (dockerd, its log is $dockerd_log)"
        log=$dockerd_log
        clear_leftovers
        mount_cgroups
        run_dockerd "$log"
    fi
    until probe 2 default; do
        [[ ! $engine_pid ]] || kill -0 "$engine_pid" 2>/dev/null || until=0
        if ((SECONDS >= until)); then
            [[ $log ]] || die 3 "the Docker engine that runs as process $pid does not answer at" \
                "unix://$socket ($detail): end it, or set DOCKER_HOST to the address it listens" \
                "at, and run script/$self again"
            if [[ $log == "$dockerd_log" ]]; then
                if start_with_spare_data "$log"; then
                    until=$((SECONDS + 60))
                    continue
                fi
                tail -n 12 -- "$log" >&2
                ! grep -q 'libnetwork.*reservePools' "$log" ||
                    say "dockerd was killed while it made a network, and its record of the networks is" \
                        "torn: move /var/lib/docker/network/files/local-kv.db away (the networks you" \
                        "made go with it, containers and images stay), and start the machine anew"
            elif has_systemd; then
                journalctl -u docker -n 12 --no-pager -o cat >&2 2>/dev/null || true
            fi
            die 3 "the Docker engine was started and does not answer at unix://$socket ($detail):" \
                "$log says why; put that right and run script/$self again"
        fi
        sleep 0.2
    done
}

# Ends the script when the engine that was asked cannot be used and is not ours to start.
judge_engine() {
    local user
    user=$(id -un)
    case $state in
    denied)
        die 3 "user $user may not use the Docker engine at $host ($detail):" \
            "\`sudo usermod -aG docker $user\`, log in again and run script/$self again, or run it" \
            "as root"
        ;;
    unsupported)
        die 3 "${source/#default/the engine} is $host ($detail), which the grader cannot use: give" \
            "unix:// or tcp://, or unset it to use this machine's own engine"
        ;;
    esac
    if [[ ${DOCKER_HOST:-} ]]; then
        die 3 "DOCKER_HOST is $DOCKER_HOST, but no Docker engine answers there ($detail): start it," \
            "or unset DOCKER_HOST to use this machine's own engine, and run script/$self again"
    fi
    case $state in
    silent)
        starting_now || die 3 "something listens at $host but does not answer ($detail): restart the Docker" \
            "engine (\`sudo systemctl restart docker\` or \`sudo service docker restart\`) and" \
            "run script/$self again"
        ;;
    strange)
        die 3 "what answers at $host is not a Docker engine ($detail): stop it, or set DOCKER_HOST" \
            "to the engine's address, and run script/$self again"
        ;;
    esac
}

# Whether what does not answer yet was started less than a minute ago, or by asking it just now.
starting_now() {
    if has_systemd && [[ $(systemctl is-active docker 2>/dev/null) == activating ]]; then return; fi
    running /var/run/docker.pid dockerd >/dev/null &&
        [[ $(find /var/run/docker.pid -mmin -1 2>/dev/null) ]]
}

# As root: packages, then the engine. A second run of these scripts waits for the first.
machine() { # PACKAGE...
    exec 8>>/run/grader-setup.lock
    lock 8 "this machine"
    local wanted=()
    mapfile -t wanted < <((($# == 0)) || missing_packages "$@")
    ((${#wanted[@]} == 0)) || require_packages "${wanted[@]}"
    probe 3 default || start_engine
    exec 8>&-
}

# Python's venv and an engine that answers, whatever of the two is missing.
set_up_machine() {
    local wanted=() todo=() question hint package=''
    if [[ ! $ready ]] && ! venv_usable && ! can_make_venv; then
        package=$(venv_package) || die 3 "$python has no module ensurepip, which .venv is made" \
            "with: install it (the package may be called python3-venv) and run script/$self again"
        wanted+=("$package")
    fi
    # An engine under load may need more than the first deadline.
    if ! probe 5 && { [[ $state != silent ]] || ! probe 10; }; then
        judge_engine
        if ! command -v dockerd >/dev/null; then
            is_debian || die 3 "no Docker engine answers at $host ($detail) and this is not Debian" \
                "or Ubuntu, where script/bootstrap installs one: install Docker Engine 20.10 or" \
                "newer, start it and run script/$self again"
            mapfile -t -O "${#wanted[@]}" wanted < <(missing_packages "${engine_packages[@]}")
        fi
        todo+=(start)
    fi
    ((${#wanted[@]} + ${#todo[@]} > 0)) || return 0

    question=${wanted[*]:+install ${wanted[*]} with apt-get}
    hint=${wanted[*]:+apt-get update && apt-get install -y --no-install-recommends ${wanted[*]}}
    if ((${#todo[@]} > 0)); then
        question="${question:+$question and }start the Docker engine"
        if has_systemd; then hint=${hint:+$hint && }'systemctl start docker'; else
            hint=${hint:+$hint && }'service docker start'
        fi
    fi
    if ! consent "May I ${question}?"; then
        local seen=
        ((${#todo[@]} == 0)) || seen="no Docker engine answers at $host ($detail)"
        [[ ! $package ]] || seen="${seen:+$seen, and }$python has no venv module"
        die 3 "$seen, and this run may not change the machine: as root, run \`$hint\`, then" \
            "script/$self again"
    fi
    if is_root; then
        machine "${wanted[@]}"
    else
        sudo -- "$root/script/bootstrap" --machine "$python" "${wanted[@]}" || exit 3
        probe 5 || judge_engine
        [[ $state == ok ]] || die 3 "no Docker engine answers at $host ($detail)"
    fi
}

# What the tests can use and do without; nothing here is a reason to fail.
set_up_extras() {
    ((${#extra_packages[@]} > 0)) && is_debian || return 0
    local wanted=() known=() package
    mapfile -t wanted < <(missing_packages "${extra_packages[@]}")
    ((${#wanted[@]} > 0)) || return 0
    if is_root && consent "May I install ${wanted[*]} with apt-get, for the tests?"; then
        # A package that this distribution does not have is no reason to go without the others,
        # nor to fetch the lists at every run.
        compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null || list_packages
        for package in "${wanted[@]}"; do
            ! apt-cache show "$package" >/dev/null 2>&1 || known+=("$package")
        done
        ((${#known[@]} == 0)) || install_packages "${known[@]}" ||
            say "apt-get did not install ${known[*]}; $apt_log has all it said"
        if [[ " ${known[*]} " == *" docker-registry "* ]] && has_systemd; then
            systemctl disable --now docker-registry >/dev/null 2>&1 || true
        fi
        mapfile -t wanted < <(missing_packages "${wanted[@]}")
        ((${#wanted[@]} > 0)) || return 0
    fi
    say "not installed: ${wanted[*]}; the tests that need it are skipped"
}

# --- all of it ---------------------------------------------------------------------------------

prepare() { # the base images; nothing it starts may hold the lock
    "$venv/bin/grader" prepare >&2 </dev/null 9>&-
}

python='' # outside of .venv, unless that is ready
ready=''  # .venv is as it should be
set_up() {
    # The directory is its own lock: no file to leave behind.
    exec 9<"$root"
    lock 9 "$root"
    local code=0
    if venv_ready; then
        ready=yes
        python=$venv/bin/python
    else
        find_python
    fi
    set_up_machine
    set_up_extras
    [[ $ready ]] || make_venv
    prepare || code=$?
    if ((code != 0)) && is_root && is_debian && ! command -v mmdebstrap >/dev/null &&
        consent "May I install mmdebstrap with apt-get, to make the base images?"; then
        require_packages mmdebstrap
        code=0
        prepare || code=$?
    fi
    ((code == 0)) || die 3 "the base images are not ready: \`.venv/bin/grader prepare\` ended with" \
        "$code and says why above; put that right and run script/$self again"
    exec 9>&-
    say "ready: $detail at $host"
}
