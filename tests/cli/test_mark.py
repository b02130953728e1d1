"""`grader mark` as people meet it: walking, hiding names, and everything typed wrongly."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.marked_course import QUESTIONS, Course, answer, make_course
from tests.conftest import LAB, ROOT

WHERE = ("alice", "04", "why-lost")


@pytest.fixture
def course(tmp_path: Path) -> Course:
    """Return a course of two."""
    return make_course(tmp_path, ["alice", "bob"])


def test_a_walk_saves_each_mark_at_once(course: Course) -> None:
    """Skip, back, nonsense, points out of range, and an end in the middle."""
    said = "s\n2\nfine\nb\n9\nx\n\n3\nall of it\n1\n\n"

    done = course.mark("--walk", "--by", "anna", said=said, code=130)

    assert "(1 of 6)" in done.stdout
    assert "'9' is none of these." in done.stderr
    assert "3 marks given, all of them saved." in done.stdout
    # bob was marked 2, then gone back to and marked 3; then alice's next.
    assert course.points("bob") == {"why-lost": 3, "why-exec": None, "why-cache": None}
    assert course.points("alice") == {"why-lost": None, "why-exec": 1, "why-cache": None}
    assert [mark.points for mark in course.history("bob")] == [2, 3]
    done = course.mark("--walk", said="q\n")
    assert "(1 of 4)" in done.stdout
    assert "0 marks given" in done.stdout


def test_a_walk_shows_all_that_is_needed_and_nothing_raw(course: Course) -> None:
    """The answer stands behind a bar, its control characters in words."""
    text = "Rubric\n\x1b[2J\x1b]52;c;aGk=\x07 \u202e\n│ fake"
    course.hand_in("alice", {"why-lost": answer(text)})

    done = course.mark("--next")

    for words in ("Question\n│ Explain *why* (why-lost).", "Rubric\n│  1  names the process"):
        assert words in done.stdout
    assert "Model answer\n│ It is because of PID 1." in done.stdout
    assert "Answer\n│ Rubric\n│ \\x1b[2J\\x1b]52;c;aGk=\\x07 \\u202e\n│ │ fake" in done.stdout
    assert "\x1b" not in done.stdout
    assert f"grader mark results --set alice {LAB} why-lost POINTS" in done.stdout


def test_names_can_be_hidden_all_the_way(course: Course) -> None:
    """Listing, next, setting by the other name, and the sheet."""
    listed = course.mark("--anonymous").stdout
    shown = course.mark("--next", "--anonymous").stdout
    name = shown.splitlines()[1].split()[0]

    course.mark("--set", name, "04", "why-lost", 2, "--anonymous", "--comment", "good")
    course.mark("--export", "hidden.csv", "--anonymous")
    sheet = (course.root / "hidden.csv").read_text()

    assert name.startswith("anon-")
    for text in (listed, shown.replace("alice says", "").replace("bob says", "")):
        assert "alice" not in text
        assert "bob" not in text
    marked = [who for who in ("alice", "bob") if course.history(who)]
    assert len(marked) == 1
    assert course.points(marked[0])["why-lost"] == 2
    assert f"{name},{LAB},why-lost" in sheet
    (course.root / "hidden.csv").write_text(sheet.replace(",3,2,good", ",3,1,good", 1))
    assert course.mark("--import", "hidden.csv").stdout.startswith("1 mark taken")
    assert course.points(marked[0])["why-lost"] == 1


def test_questions_and_labs_can_be_chosen(course: Course) -> None:
    """Everywhere."""
    assert "2 answers to mark" in course.mark("--question", "why-exec").stdout
    assert "why-exec" in course.mark("--next", "--question", "why-exec").stdout
    course.mark("--export", "one.csv", "--question", "why-exec", "--separator", ";")
    rows = (course.root / "one.csv").read_text(encoding="utf-8-sig").splitlines()
    assert len(rows) == 3
    assert rows[0].startswith("submission;lab;question;")
    assert "6 answers to mark" in course.mark("--section", LAB).stdout


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--set", *WHERE, "4"], "4 points cannot be given"),
        (["--set", *WHERE, "-1"], "'-1' is not a whole number of points: give 0 to 3"),
        (["--set", *WHERE, "2.5"], "'2.5' is not a whole number"),
        (
            ["--set", "alcie", "04", "why-lost", "1"],
            "no submission 'alcie' in results; did you mean 'alice'",
        ),
        (["--set", "../alice", "04", "why-lost", "1"], "There is no submission '../alice'"),
        (["--set", "alice", "05", "why-lost", "1"], "There is no lab '05' with a question"),
        (["--set", "alice", "04", "pick", "1"], "no question 'pick' that is marked by hand"),
        (["--show", "alice", "04", "why-lots"], "did you mean 'why-lost'"),
        (["--confirm", *WHERE], "has no mark to confirm"),
        (["--take-back", *WHERE], "has no mark to take back"),
        (["--next", "--walk"], "Do one thing at a time"),
        (["--comment", "x"], "--comment goes with --set, --confirm or --override"),
        (["--partial"], "--partial goes with --import"),
        (["--question", "why-lots"], "There is no question that is marked by hand 'why-lots'; did"),
        (["--section", "4"], "There is no lab '4'"),
        (["--import", "nosuch.csv"], "does not exist"),
        (["--import", "labs/04-images-and-containers/main.py"], "The sheet's first row lacks"),
        (["--export", "labs"], "is a directory"),
        (["--set", *WHERE, "1", "--by", "x" * 101], "longer than 100"),
    ],
)
def test_what_is_typed_wrongly_is_exit_2_and_a_sentence(
    course: Course, args: list[str], said: str
) -> None:
    """Nothing is written then."""
    done = course.mark(*args, code=2)

    assert said in " ".join(done.stderr.split())
    assert not list(course.results.glob("*/marks.json"))


def test_results_without_facts_are_said_to_be_none(course: Course) -> None:
    """The folder of submissions, given by mistake."""
    done = course.grader("mark", "labs", code=2)

    assert "There is no */facts.json in labs" in done.stderr


def test_a_bad_sheet_is_refused_whole_or_taken_in_part(course: Course) -> None:
    """Every bad row is listed with its number."""
    course.mark("--export", "sheet.csv")
    lines = (course.root / "sheet.csv").read_bytes().decode().split("\r\n")
    lines[1] = lines[1].replace(",3,,,", ",3,2.5,,")
    lines[2] = lines[2].replace(",3,,,", ",3,7,,")
    lines[3] = lines[3].replace(",3,,,", ",3,3,,")
    (course.root / "sheet.csv").write_text("\r\n".join(lines), newline="")

    done = course.mark("--import", "sheet.csv", code=2)

    assert "row 2: '2.5' is not a whole number of points." in done.stderr
    assert "row 3: 7 points are more than the 3 possible." in done.stderr
    assert "Nothing was imported, because 2 rows cannot be taken." in done.stderr
    assert not list(course.results.glob("*/marks.json"))
    done = course.mark("--import", "sheet.csv", "--partial", code=2)
    assert done.stdout.startswith("1 mark taken, 0 as before, 3 rows without points.")
    assert course.points("alice")["why-exec"] == 3


def test_an_export_is_never_written_over(course: Course) -> None:
    """It may hold marks that nobody has imported yet."""
    course.mark("--export", "sheet.csv")
    (course.root / "sheet.csv").write_text("mine")

    done = course.mark("--export", "sheet.csv", code=2)

    assert "is there already" in done.stderr
    assert (course.root / "sheet.csv").read_text() == "mine"


def test_a_mark_is_changed_confirmed_and_taken_back(course: Course) -> None:
    """Each time with what was before, and the new sum."""
    plain = course.grader("rejudge", "results").stdout.split()[1]
    score = int(plain.split("/")[0])

    first = course.mark("--set", *WHERE, 1, "--by", "anna", "--comment", "half of it").stdout
    again = course.mark("--set", *WHERE, "1,0", "--by", "anna", "--comment", "half of it").stdout
    second = course.mark("--set", *WHERE, 3, "--by", "ben").stdout
    confirmed = course.mark("--confirm", *WHERE).stdout
    back = course.mark("--take-back", *WHERE, "--by", "ben").stdout

    assert f"alice, {LAB} why-lost: 1 of 3.\nalice has {score + 1}/" in first
    assert "has just that mark already" in again
    assert "3 of 3 (before: 1 of 3 by anna)." in second
    assert "nothing speaks against its mark" in confirmed
    assert "mark taken back (before: 3 of 3 by ben)." in back
    assert f"alice has {score}/" in back
    assert [mark.points for mark in course.history("alice")] == [1, 3, None]
    shown = course.mark("--show", *WHERE).stdout
    assert "Not marked yet." in shown
    assert "Before: anna gave 1 of 3" in shown


def test_judging_again_without_the_key_says_what_waits_for_it(course: Course) -> None:
    """Points by a key are gone without it: not unseen, and not for long."""
    with_key = course.grader("rejudge", "results")
    without = course.grader_plain("rejudge", "results")
    again = course.grader("rejudge", "results")

    assert "had points by a key" not in with_key.stderr + again.stderr
    assert "Run this again with --key" in " ".join(without.stderr.split())
    assert again.stdout == with_key.stdout != without.stdout


def test_the_class_files_follow(course: Course) -> None:
    """Where there are some."""
    course.grader("rejudge", "results")
    course.grader_plain("report", "results")
    before = json.loads((course.results / "class.json").read_text())

    course.mark("--set", *WHERE, 3)

    after = json.loads((course.results / "class.json").read_text())
    assert json.dumps(before) != json.dumps(after)
    rows = (course.results / "grades.csv").read_text().splitlines()
    scores = {row.split(",")[0]: row for row in rows[1:]}
    assert scores["alice"] != scores["bob"].replace("bob", "alice")


def test_without_a_key_marks_are_given_all_the_same(course: Course) -> None:
    """What was judged with a key before stays judged."""
    course.grader("rejudge", "results")
    before = course.result("alice")
    (course.root / "keys" / LAB / "key.yaml").unlink()
    course.key(QUESTIONS)
    picked = next(c for c in before.sections[0].checks if c.id == "pick")
    assert picked.status == "passed"

    done = course.grader_plain("mark", "results", "--set", *WHERE, 2)

    assert done.returncode == 0, done.stderr
    after = course.result("alice")
    assert next(c for c in after.sections[0].checks if c.id == "pick") == picked
    assert after.score == before.score + 2


def test_only_the_marks_of_what_was_asked_for_are_imported(course: Course) -> None:
    """Of a sheet and of another folder: other rows are left, also those that could not be taken."""
    course.mark("--export", "sheet.csv")
    sheet = course.root / "sheet.csv"
    text = sheet.read_bytes().decode().replace(",3,,,", ",3,2,,")
    sheet.write_text(text.replace("why-cache", "why-nothing"), newline="")

    done = course.mark("--import", "sheet.csv", "--question", "why-exec")

    assert done.stdout.startswith("2 marks taken, 0 as before")
    assert "4 rows of other labs or questions left." in done.stderr
    given = {"why-lost": None, "why-exec": 2, "why-cache": None}
    assert course.points("alice") == course.points("bob") == given
    course.results.rename(course.root / "old")
    again = make_course(course.root / "again", ["alice", "bob"])
    course.root.joinpath("old").rename(again.root / "old")
    again.mark("--import", "old", "--question", "why-lost")
    assert not again.history("alice")
    assert again.mark("--import", "old", "--section", LAB).stdout.startswith("2 marks taken")


def test_a_folder_with_one_broken_file_gives_all_other_marks(course: Course) -> None:
    """And the results of those have them."""
    course.mark("--set", "alice", "04", "why-lost", 2)
    course.mark("--set", "bob", "04", "why-lost", 1)
    again = make_course(course.root / "again", ["alice", "bob"])
    course.results.rename(again.root / "old")
    (again.root / "old" / "alice" / "marks.json").write_text("{")

    done = again.mark("--import", "old", code=2)

    assert "alice/marks.json holds no marks" in done.stderr
    assert done.stdout.startswith("1 mark taken")
    assert again.points("bob")["why-lost"] == 1


@pytest.mark.parametrize("command", [["mark", "results"], ["rejudge", "results"]])
def test_that_nobody_reads_on_is_no_fault_of_the_results(
    course: Course, command: list[str]
) -> None:
    """As behind `| head`: nothing is said of the folder, and a class is judged to its end."""
    read, write = os.pipe()
    os.close(read)
    options = ["--assignments", "labs", "--key", "keys"]
    done = subprocess.run(
        [sys.executable, "-m", "grader", *command, *options],
        check=False,
        stdout=write,
        stderr=subprocess.PIPE,
        text=True,
        cwd=course.root,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=120,
    )
    os.close(write)

    assert done.returncode == 1
    assert done.stderr == ""
    judged = (course.results / "bob" / "result.json").exists()
    assert judged == (command[0] == "rejudge")
