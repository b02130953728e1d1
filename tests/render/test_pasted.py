"""Commands to try: pasted from a terminal into a shell they do what the one line does."""

import re
import shutil
import subprocess
import tempfile

import pytest

from grader.judge.causes import all_ids, page_of
from grader.judge.score import score_submission
from grader.render.pasted import pasteable
from grader.render.terminal import render_text
from grader.result import Result
from grader.results.store import read_facts
from grader.spec.assignment import Assignment
from tests.conftest import ROOT

# No program is found, so bash hands each command with its words to this: nothing is started.
_TELL = "command_not_found_handle() { printf '<%s>' \"$@\"; echo; }\nPATH=/nosuch\nTIMEFORMAT=\n"
# What leaves this shell, and what goes on beside it and says its words at any time.
_NOT_IN_LINE = re.compile(r"\b(cd|source|exec|eval) |(?<![&>])&(?![&\d])")


def _told(script: str) -> str:
    """Return what a shell makes of a script: each command's words, in their order.

    What the script writes goes into an empty folder.
    """
    bash = shutil.which("bash")
    assert bash
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [bash, "--noprofile", "--norc"],
            input=_TELL + script + "\n",
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=folder,
        )
    # A few commands name the folder they are in.
    out = done.stdout.replace(folder, "FOLDER")
    return out + re.sub(r"line \d+", "line", done.stderr)


def _results(labs: tuple[Assignment, ...]) -> list[Result]:
    found = []
    for path in sorted((ROOT / "tests" / "recorded").glob("*.json")):
        facts = read_facts(path)
        known = {lab.lab for lab in facts.labs}
        found.append(score_submission(facts, [lab for lab in labs if lab.id in known]))
    return found


def _commands(results: list[Result]) -> set[str]:
    """Return every command of checks that failed or might have, of causes and their examples."""
    sections = [section for result in results for section in result.sections]
    commands = {check.reproduce for section in sections for check in section.checks}
    commands |= {cause.shows for section in sections for cause in section.causes}
    examples = (page_of(name) or "" for name, _ in all_ids())
    blocks = (re.search(r"^```sh\n(.*?)^```", page, re.MULTILINE | re.DOTALL) for page in examples)
    commands |= {line for block in blocks if block for line in block[1].splitlines()}
    return {command for command in commands if "<<" not in command and "#" not in command} - {""}


def test_a_hundred_commands_run_as_they_are_pasted(labs: tuple[Assignment, ...]) -> None:
    """At 80 columns and at 40; each line ends in a word, none in the middle of quotes."""
    commands = sorted(command for command in _commands(_results(labs)))
    assert len(commands) >= 100
    safe = [command for command in commands if not _NOT_IN_LINE.search(command)]
    one_line = _told("\n".join(f"echo {n}; {c}" for n, c in enumerate(safe)))

    for width in (80, 66, 40):
        pasted = ["\n".join(pasteable(command, width)) for command in safe]
        assert _told("\n".join(f"echo {n}; {c}" for n, c in enumerate(pasted))) == one_line


def test_the_report_shows_them_so(labs: tuple[Assignment, ...]) -> None:
    """What a student copies from the terminal, blanks at the margin included, is the command."""
    (result,) = [r for r in _results(labs) if r.submission.id == "mixed"] or _results(labs)[-2:-1]
    lines = render_text(result).splitlines()
    shown = []
    for number, line in enumerate(lines):
        if line.lstrip().startswith("try "):
            block = [line.replace("try ", "    ", 1)]
            while block[-1].endswith("\\"):
                block.append(lines[number + len(block)])
            shown.append("\n".join(block))
    wanted = {
        *(check.reproduce for s in result.sections for check in s.checks),
        *(cause.shows for s in result.sections for cause in s.causes),
    }

    assert len(shown) > 5
    assert {_told(block) for block in shown} <= {_told(command) for command in wanted}


@pytest.mark.parametrize(
    ("command", "lines"),
    [
        ("docker run 'a b' c", ("docker run \\", "  'a b' c")),
        ('docker run "a \\" b" c', ("docker run \\", '  "a \\" b" c')),
        ("ls # not all of it is read", ("ls # not all of it is read",)),
        ("echo 'it does not end", ("echo 'it does not end",)),
        ("cat <<END x y z a b c d", ("cat <<END x y z a b c d",)),
        ("a\\ b c\\ d e\\ f g\\ h", ("a\\ b c\\ d \\", "  e\\ f g\\ h")),
        ("", ("",)),
    ],
)
def test_only_blanks_between_words_are_broken(command: str, lines: tuple[str, ...]) -> None:
    """What a backslash would not continue is one line, however long."""
    assert pasteable(command, 14) == lines


def test_a_word_that_is_too_long_is_whole() -> None:
    """The terminal breaks it where it likes, and copies it as one."""
    word = "x" * 200

    assert pasteable(f"docker {word}", 40) == ("docker \\", f"  {word}")
