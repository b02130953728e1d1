"""Grades a class while things go wrong, and compares with an undisturbed run.

usage: bench/faults.py SUBMISSIONS REFERENCE OUT FAULT COUNT [grader grade's further options]

REFERENCE holds the results of an undisturbed run. FAULT is `kill` (kill -9 of the grader),
`restart` or `freeze` (of the engine of DOCKER_HOST, which has to be one of your own: set
ENGINE_PID to its pid file, ENGINE_START to the command that starts it). Every fault comes at a
random moment of the first WITHIN seconds of a run (60 where it is not set); in the end the class is
graded to its end, and each check has to be as it was.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

LABEL = "docker-tutorial.grader"


def objects() -> dict[str, set[str]]:
    """Return the ids of all containers, networks and volumes, and of all images with a name."""
    kinds = {
        "containers": ["ps", "-aq", "--no-trunc"],
        "networks": ["network", "ls", "-q", "--no-trunc"],
        "volumes": ["volume", "ls", "-q"],
        "images": ["image", "ls", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"],
    }
    found = {name: set(_docker(*command).splitlines()) for name, command in kinds.items()}
    found["images"] = {line for line in found["images"] if "<none>" not in line}
    return found


def statuses(results: Path) -> dict[str, list[tuple[str, str, int]]]:
    """Return what each check came to, by submission."""
    return {
        path.parent.name: [
            (check["id"], check["status"], check["score"])
            for section in json.loads(path.read_text())["sections"]
            for check in section["checks"]
        ]
        for path in sorted(results.glob("*/result.json"))
    }


def main() -> int:
    """Disturb, finish, compare."""
    submissions, reference, out, fault, count, *options = sys.argv[1:]
    command = [sys.executable, "-m", "grader", "grade", submissions, "--out", out, *options]
    before = objects()
    for number in range(int(count)):
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as grader:
            moment = random.uniform(1, float(os.environ.get("WITHIN", "60")))
            try:
                grader.wait(moment)
            except subprocess.TimeoutExpired:
                _disturb(fault, grader)
            code = grader.wait()
        there = len(statuses(Path(out)))
        print(
            f"{fault} {number + 1} after {moment:.1f} s: exit {code}, {there} results", flush=True
        )
        if fault == "kill":
            print(f"  left after {_until_clean(before):.1f} s: nothing", flush=True)
    code = subprocess.run(command, check=False).returncode
    same = statuses(Path(out)) == statuses(Path(reference))
    left = {kind: found - before[kind] for kind, found in objects().items()}
    gone = {kind: before[kind] - found for kind, found in objects().items()}
    print(f"exit {code}; same: {same}; left: {left}; gone: {gone}")
    return 0 if same and not any(left.values()) and not any(gone.values()) else 1


def _disturb(fault: str, grader: subprocess.Popen[bytes]) -> None:
    if fault == "kill":
        grader.send_signal(signal.SIGKILL)
        return
    engine = int(Path(os.environ["ENGINE_PID"]).read_text())
    if fault == "freeze":
        os.kill(engine, signal.SIGSTOP)
        time.sleep(random.uniform(3, 45))
        os.kill(engine, signal.SIGCONT)
    else:
        os.kill(engine, random.choice([signal.SIGTERM, signal.SIGKILL]))
        time.sleep(8)
        subprocess.run(os.environ["ENGINE_START"], shell=True, check=True)


def _until_clean(before: dict[str, set[str]]) -> float:
    """Return how long it took until nothing of the killed run was left."""
    begin = time.monotonic()
    while any(objects()[kind] - before[kind] for kind in ("containers", "networks", "volumes")):
        if time.monotonic() - begin > 60:
            raise SystemExit("something of ours was left for a minute after kill -9")
        time.sleep(0.1)
    return time.monotonic() - begin


def _docker(*command: str) -> str:
    done = subprocess.run(["docker", *command], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
