"""What a person sees while a class is graded."""

import io
import re
import time

import pytest
from rich.console import Console

from grader.cli.progress import Bar, showing
from tests.builders.gradebook_results import RESULTS

NAMES = ("O'Brien, Ana-Mar\u00eda and many more names", "=1[red]x[/red]\x1b[31m", "carl", "dora")


def test_all_of_it_fits_a_terminal_of_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """How far, how fast, how long still, what was not graded and who is under way."""
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=80, legacy_windows=False)
    with showing(1200, quiet=False, console=console) as bar:
        assert isinstance(bar, Bar)
        monkeypatch.setattr(bar, "_begin", time.monotonic() - 3)
        for name in (*NAMES, "eve", "fred"):
            bar.started(name)
        bar.finished("eve", RESULTS["alice"])
        bar.finished("fred", RESULTS["dora"])

    drawn = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen.getvalue())
    lines = [line.strip() for line in re.split(r"[\r\n]+", drawn) if line.strip()]
    assert max(map(len, lines)) <= 80
    how_far, who = lines[-2:]
    assert re.search(r" 2/1200 .* [\d.]+/min, \d+ min left 1 not graded$", how_far)
    assert who == r"O'Brien, Ana-María …, =1[red]x[/red]\x1b[…, carl +1"
