"""The class files of a thousand cost little more memory than those of a hundred."""

import subprocess
import sys
from pathlib import Path

import pytest

from grader.class_report.fingerprint import make_fingerprint
from grader.results import class_files, fingerprint_files, store
from tests.builders.class_results import make_class, write_class
from tests.builders.student_texts import LAB, files, given

MEASURE = """
import resource, sys
from pathlib import Path
from grader.results.class_files import write_class_files
from tests.builders.class_results import LABS
write_class_files(Path(sys.argv[1]), LABS)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def _peak(results: Path) -> int:
    """Return the most memory in KiB that a process took to write the files of a class."""
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", MEASURE, str(results)],
        cwd=root, capture_output=True, text=True, check=True, timeout=250,
    )  # fmt: skip
    return int(run.stdout)


def _class(folder: Path, size: int) -> Path:
    write_class(folder, make_class(size))
    for number, place in enumerate(class_files.result_folders(folder)):
        result = store.read_result(place)
        made = make_fingerprint(
            result.submission.id, result.submission.digest, {LAB: files(number)}, given(), {}
        )
        (place / fingerprint_files.FINGERPRINT).write_text(made.to_json(), encoding="utf-8")
    return folder


@pytest.mark.timeout(600)
def test_memory_is_flat(tmp_path: Path) -> None:
    """Within 1.3 times: of each submission a row is kept."""
    few, many = _peak(_class(tmp_path / "few", 100)), _peak(_class(tmp_path / "many", 1000))
    assert many < 1.3 * few, f"{many} KiB for 1,000, {few} KiB for 100"
