"""How long `grader --version`, `--help` and `lint` take, beside a bare click program.

    .venv/bin/python bench/startup.py [RUNS]

The bare program has the same options and does nothing. Both run by turns, so that a busy machine
slows both alike: the ratio of their medians is the figure (goal: below 1.5 for the first two).
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_BARE = """
import click

@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("-v", "--verbose", count=True, help="Say on stderr what is done.")
@click.option("--log", type=click.Path(dir_okay=False), metavar="FILE", help="Add all to FILE.")
@click.version_option("0.1.0", prog_name="grader")
def cli(**_):
    "Build what was written, watch how it behaves, and say what it is worth."

@cli.command()
def lint():
    "Check every spec, notebook and key."

cli()
"""
_ASKED = (["--version"], ["--help"], ["lint"])


def main() -> None:
    """Print the medians in milliseconds, and their ratio."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        bare = Path(folder) / "bare.py"
        bare.write_text(_BARE)
        programs = ([sys.executable, str(bare)], [sys.executable, "-m", "grader"])
        for asked in _ASKED:
            took: list[list[float]] = [[], []]
            for _ in range(runs):
                for program, seconds in zip(programs, took, strict=True):
                    seconds.append(_seconds([*program, *asked]))
            first, second = (statistics.median(seconds) * 1000 for seconds in took)
            print(
                f"{asked[0]:10} bare click {first:6.0f} ms   grader {second:6.0f} ms   "
                f"ratio {second / first:5.2f}"
            )


def _seconds(command: list[str]) -> float:
    begin = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parent.parent)
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
