"""Records the facts of a solution for the tests of judges: what `script/record` runs.

What differs from run to run is made steady, so that recording again is a small change to read:
random words, ids of images and containers, their names and addresses, times of the clock. Seconds
are kept to a half.
"""

import argparse
import json
import re
import sys
import tempfile
from pathlib import Path

from grader.batch.solutions import assemble, overlays, solutions_folder
from grader.core.files import write_text
from grader.engine.docker import connect
from grader.facts import SubmissionFacts
from grader.pipeline import observe_submission, open_session
from grader.submission.snapshot import read_submission
from tests.conftest import ROOT
from tests.solutions.grading import LABS, read_lab

RECORDED = ROOT / "tests" / "recorded"
# A container's name on the engine, behind its step's; an address there, of a scene's network or of
# Docker's own; a port of this machine that was free.
_NAME = re.compile(r"(?<=-)[0-9a-f]{8}(?![0-9a-f])")
_ADDRESS = re.compile(r"\b(?:198\.1[89]|172\.17)\.\d{1,3}\.\d{1,3}\b")
_PORT = re.compile(r"(?<=127\.0\.0\.1:)\d{5}\b")
_ID = re.compile(r"\b(?:sha256:)?[0-9a-f]{64}\b")


def steady(facts: SubmissionFacts) -> SubmissionFacts:
    """Return facts without what is another at each run; equal ids stay equal."""
    text = facts.model_copy(
        update={
            "digest": "0" * 64,
            "observed": "",
            "graded_at": "2026-01-01T00:00:00Z",
            "seconds": 1.0,
            "labs": tuple(
                lab.model_copy(update={"seconds": 1.0, "phases": {}}) for lab in facts.labs
            ),
        }
    ).model_dump_json()
    words = {word for lab in facts.labs for phrase in lab.words.values() for word in phrase.split()}
    for number, word in enumerate(sorted(words, key=text.index)):
        text = text.replace(
            word, f"word{chr(ord('a') + number // 26)}{chr(ord('a') + number % 26)}"
        )
    known: dict[str, str] = {}

    def renamed(found: re.Match[str]) -> str:
        bare = found[0].removeprefix("sha256:")
        prefix = found[0].removesuffix(bare)
        return prefix + known.setdefault(bare, f"{len(known) + 1:064x}")

    # Digests of provided files decide checks; they are the same at each run and stay.
    labs = [read_lab(name) for name in LABS]
    kept = {lab.provided_digest(name) for lab in labs for name in lab.provided}
    known |= {digest: digest for digest in kept}
    text = _numbered(_ADDRESS, _ID.sub(renamed, text), "198.18.0.{}")
    text = _numbered(_PORT, _numbered(_NAME, text, "{:08x}"), "3000{}")
    value = json.loads(text, parse_float=_halves)
    return SubmissionFacts.model_validate_json(json.dumps(value))


def _numbered(pattern: re.Pattern[str], text: str, form: str) -> str:
    """Return the text with each match replaced by the number of its first appearance."""
    known: dict[str, str] = {}
    return pattern.sub(lambda m: known.setdefault(m[0], form.format(len(known) + 1)), text)


def _halves(text: str) -> float:
    """Return seconds to a half; what is a moment before or after an event is with it."""
    return round(float(text) * 2) / 2 + 0.0  # no -0.0


def record(lab: str, overlay: Path | None, name: str) -> Path:
    """Grade one solution on the engine and write its facts; return the file."""
    with tempfile.TemporaryDirectory() as folder, open_session(connect()) as session:
        submission = read_submission(assemble(Path(folder) / name, lab, overlay), [lab])
        facts = observe_submission(session, submission, [read_lab(lab)])
    path = RECORDED / f"{name}.json"
    write_text(path, json.dumps(json.loads(steady(facts).model_dump_json()), indent=1) + "\n")
    return path


def main() -> int:
    """Record what the command line names."""
    parser = argparse.ArgumentParser(prog="script/record", description=__doc__)
    parser.add_argument("lab", choices=LABS)
    parser.add_argument("overlay", nargs="?", help="wrong/NAME or right/NAME; or the model")
    parser.add_argument("--name", help="of the file in tests/recorded, without its ending")
    asked = parser.parse_args()
    overlay = solutions_folder() / asked.lab / asked.overlay if asked.overlay else None
    if overlay is not None and overlay not in overlays(asked.lab, overlay.parent.name):
        parser.error(f"there is no solution {asked.overlay} of {asked.lab}")
    name = asked.name or (f"{asked.lab}-{overlay.name}" if overlay else asked.lab)
    path = record(asked.lab, overlay, name)
    sys.stdout.write(f"{path.relative_to(ROOT)}: {path.stat().st_size // 1024} KiB\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
