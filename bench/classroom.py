"""Grades a generated class, and every submission of it alone; compares, and times a second run.

usage: bench/classroom.py FOLDER [COUNT [GRADE-OPTIONS...]]     (default: 120)

FOLDER gets `submissions`, `results` (of `grader grade`) and `alone` (of `grader check`, three
processes side by side; those that are there are not made again). Submissions are models, wrong and
odd ones from solutions/, and hostile ones; each has bytes of its own. Each has one lab, every other
one lab 04, the rest the other labs in turn.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from grader.batch.solutions import assemble, overlays

MAIN = "04-images-and-containers"
LABS = sorted(path.name for path in Path("assignments").iterdir() if path.is_dir())
OTHERS = [lab for lab in LABS if lab != MAIN]
GRADER = [sys.executable, "-m", "grader"]
OPTIONS = ["--key", "solutions"]
Outcome = list[tuple[str, str, int, int]]


def _many_files(lab: Path) -> None:
    for number in range(500):
        (lab / f"file-{number}").write_text("x")


def _notebook(text: str) -> Callable[[Path], object]:
    return lambda lab: (lab / "answers.ipynb").write_text(text)


def _exec(content: bytes) -> Callable[[Path], object]:
    return lambda lab: (lab / "Dockerfile-exec").write_bytes(content)


def _link(lab: Path) -> None:
    (lab / "Dockerfile-exec").unlink()
    (lab / "Dockerfile-exec").symlink_to("/etc/shadow")


def _pipe(lab: Path) -> None:
    (lab / "Dockerfile-exec").unlink()
    os.mkfifo(lab / "Dockerfile-exec")


START = b"FROM python:3.7\nWORKDIR /app\nCOPY main.py .\n"
END = b'ENTRYPOINT ["python3", "main.py"]\nCMD ["hello this", "is CMD"]\n'
# What is done to the model's folder of lab 04.
HOSTILE: dict[str, Callable[[Path], object]] = {
    "link-to-a-secret": _link,
    "pipe": _pipe,
    "many-files": _many_files,
    "large-file": lambda lab: (lab / "large").write_bytes(b"\0" * 6_000_000),
    "another-image": _exec(b"FROM solution:latest\n" + END),
    "fetches": _exec(START + b"ADD http://169.254.169.254/ /x\n" + END),
    "prints": _exec(START + b"RUN yes \x1b]0;x\x07 | head -c 30000000\n" + END),
    "forks": _exec(START + b"RUN for i in $(seq 300); do sleep 9 & done\n" + END),
    "fills": _exec(START + b"RUN head -c 400000000 /dev/zero > /x; true\n" + END),
    "runs-on-build": _exec(START + b"ONBUILD RUN true\nVOLUME /app\n" + END),
    "no-text": _exec(bytes(range(256)) * 40),
    "long-line": _exec(b"FROM python:3.7\nLABEL a=" + b"x" * 70_000 + b"\n" + END),
    "escapes": _exec(b"# escape=`\n# syntax=evil/frontend\n" + START + END),
    "nested-notebook": _notebook("[" * 100_000),
    "huge-number": _notebook('{"cells": [], "nbformat": ' + "9" * 5_000 + "}"),
    "markup-in-a-name": lambda lab: (lab / "<img src=x>\x1b[2J").write_text("=1+1"),
}


def make(folder: Path, count: int) -> None:
    """Write `count` submissions: models, wrong, right and hostile ones in turn."""
    supply = {lab: _supply(lab) for lab in LABS}
    hostile = iter(sorted(HOSTILE) * count)
    for number in range(count):
        place, (turn, other) = folder / f"student-{number:03}", divmod(number, 2)
        lab = OTHERS[turn % len(OTHERS)] if other else MAIN
        bad = lab == MAIN and turn % 4 == 3
        model = turn % 4 == 0 if lab == MAIN else turn < len(OTHERS)
        overlay = None if bad or model else next(supply[lab])
        assemble(place, lab, overlay)
        what = next(hostile) if bad else ""
        if what:
            HOSTILE[what](place / lab)
        _own_bytes(place / lab, number)
        print(place.name, lab, what or (overlay.name if overlay else "model"))


def _supply(lab: str) -> Iterator[Path]:
    """Yield overlays for ever, wrong ones twice as often as odd ones, from all over the folder."""
    wrong, right = overlays(lab, "wrong"), overlays(lab, "right")
    number = 0
    while True:
        yield wrong[number * 14 // 3 % len(wrong)]
        yield wrong[(number * 14 // 3 + 2) % len(wrong)]
        yield right[number * 3 % len(right)]
        number += 1


def _own_bytes(lab: Path, number: int) -> None:
    for path in [*lab.glob("Dockerfile*"), *lab.glob("*.sh")]:
        if path.is_file() and not path.is_symlink():
            with path.open("ab") as file:
                file.write(b"\n# student %d\n" % number)


def outcome(path: Path) -> Outcome:
    """Return what each check of a result came to, and the total."""
    raw = json.loads(path.read_bytes())
    checks = [check for section in raw["sections"] for check in section["checks"]]
    lines = [(c["id"], c["status"], c["score"], c["pending"]) for c in checks]
    return [("total", raw["status"], raw["score"], raw["pending"]), *lines]


def _check(place: Path, alone: Path) -> None:
    if not (alone / place.name / "result.json").exists():
        command = [*GRADER, "check", str(place), "--results", str(alone), "--format", "json"]
        subprocess.run([*command, *OPTIONS], check=False, stdout=subprocess.DEVNULL)


def main() -> int:
    """Make, grade, grade again, grade alone, compare."""
    folder = Path(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 120
    submissions, results, alone = (folder / n for n in ("submissions", "results", "alone"))
    if not submissions.exists():
        make(submissions, count)
    grade = [*GRADER, "grade", str(submissions), "--out", str(results), *OPTIONS, *sys.argv[3:]]
    for turn in ("first", "second", "third"):
        begin = time.monotonic()
        code = subprocess.run([*grade, "--quiet"], check=False).returncode
        print(f"{turn} run: {time.monotonic() - begin:.2f} s, exit {code}", flush=True)
    places = sorted(submissions.iterdir())
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda place: _check(place, alone), places))
    different = 0
    for place in places:
        kept = [folder / place.name / "result.json" for folder in (results, alone)]
        one, other = map(outcome, kept)
        if one != other:
            different += 1
            print(f"{place.name}: in the class, alone:")
            print(*(f"  {a} {b}" for a, b in zip(one, other, strict=True) if a != b), sep="\n")
    print(f"{different} of {count} were graded otherwise alone", flush=True)
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
