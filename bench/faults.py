"""Grades a class while things go wrong, and compares with an undisturbed run.

usage: bench/faults.py SUBMISSIONS REFERENCE OUT FAULT COUNT [grader grade's further options]

REFERENCE holds the results of an undisturbed run. FAULT is `kill` (kill -9 of the grader),
`restart` or `freeze` (of an engine of your own: `bench/engine.sh FOLDER` starts one, ENGINE=FOLDER
names it here, and DOCKER_HOST to the grader).

Every fault comes at a random moment of the first WITHIN seconds of a run (60 where it is not set).
The class is graded again until it is at its end, and each check has to be as it was; then another
one is begun in OUT, until there were COUNT faults.
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
        "networks": ["network", "ls", "-q", "--no-trunc", "--filter", "type=custom"],
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
    """Disturb, finish, compare; each class that came to its end is followed by a new one."""
    submissions, reference, out, fault, count, *options = sys.argv[1:]
    want, before = statuses(Path(reference)), objects()
    within = float(os.environ.get("WITHIN", "60"))
    disturbed = classes = wrong = 0
    while True:
        place = Path(out) / str(classes)
        command = [sys.executable, "-m", "grader", "grade", submissions, "--out", str(place)]
        with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL) as grader:
            moment = random.uniform(1, within)
            try:
                if disturbed < int(count):
                    grader.wait(moment)
            except subprocess.TimeoutExpired:
                disturbed += 1
                _disturb(fault, grader)
                print(f"{fault} {disturbed} after {moment:.1f} s", flush=True)
            code = grader.wait()
        clean = _until_clean(before)
        found = statuses(place)
        print(f"exit {code}, {len(found)} results, clean after {clean:.1f} s", flush=True)
        if code == 0:
            wrong += found != want
            classes += 1
            print(f"class {classes} is {'the same' if found == want else 'ANOTHER'}", flush=True)
            if disturbed == int(count):
                break
    left = {kind: found - before[kind] for kind, found in objects().items()}
    gone = {kind: before[kind] - found for kind, found in objects().items()}
    print(f"{disturbed} faults, {classes} classes, {wrong} other; left: {left}; gone: {gone}")
    return 1 if wrong or any(left.values()) or any(gone.values()) else 0


def _disturb(fault: str, grader: subprocess.Popen[bytes]) -> None:
    if fault == "kill":
        grader.send_signal(signal.SIGKILL)
        return
    place = os.environ["ENGINE"]
    engine = int((Path(place) / "docker.pid").read_text())
    if fault == "freeze":
        os.kill(engine, signal.SIGSTOP)
        time.sleep(random.uniform(3, 45))
        os.kill(engine, signal.SIGCONT)
    else:
        os.kill(engine, random.choice([signal.SIGTERM, signal.SIGKILL]))
        while Path(f"/proc/{engine}").exists():
            time.sleep(0.1)
        time.sleep(random.uniform(1, 20))
        starter = Path(__file__).with_name("engine.sh")
        subprocess.run([starter, place], check=True)


def _until_clean(before: dict[str, set[str]]) -> float:
    """Return how long it took until nothing of a run was left."""
    begin = time.monotonic()
    while any(objects()[kind] - before[kind] for kind in ("containers", "networks", "volumes")):
        if time.monotonic() - begin > 60:
            raise SystemExit("something of ours was left for a minute")
        time.sleep(0.1)
    return time.monotonic() - begin


def _docker(*command: str) -> str:
    done = subprocess.run(["docker", *command], check=True, capture_output=True, text=True)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
