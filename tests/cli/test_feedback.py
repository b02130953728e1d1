"""Feedback read back by its readers' rules: everybody's own, and nothing hidden in it."""

import csv
import io
import re
import zipfile
from pathlib import Path

import pytest

from grader.core.files import write_text
from grader.core.import_record import RECORD, Imported, ImportRecord, Person
from grader.results import store
from tests.builders.marked_course import Course, answer, make_course
from tests.cli.lms import canvas_comments, moodle_feedback
from tests.conftest import LAB, ROOT

STAFF_ONLY = "a title that only staff know"
HIDDEN = "exec-stop"
NAMES = ("alice", "bob")
PEOPLE = {
    "alice": Person(id="alice", name="Doe_1, ~Alice/", moodle_id="70001", canvas_id="511"),
    "bob": Person(id="bob", name=".Bob", moodle_id="70002", canvas_id="512", github="bob-gh"),
}
# Whoever names a file like another's, as bob does, must not be given that one's feedback.
ENTRIES = {
    "alice": "doealice_LATE_511_9001_Dockerfile-exec, doealice_LATE_511_9002_answers.ipynb",
    "bob": "bob_512_9003_x, doealice_511_9001_Dockerfile",
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Return a course of two whose staff hide a check; alice's work was observed as bob's."""
    made = make_course(tmp_path_factory.mktemp("course"), ())
    spec = made.root / "labs" / LAB / "assignment.yaml"
    text = spec.read_text(encoding="utf-8")
    row = f"      - id: {HIDDEN}\n"
    assert row in text
    head, _, rest = text.partition(row)
    rest = re.sub(r"title: .*", f"title: {STAFF_ONLY}", rest, count=1)
    spec.write_text(f"{head}{row}        hidden: true\n{rest}", encoding="utf-8")
    for name, source in zip(NAMES, ("mixed", "model"), strict=True):
        made.hand_in(name, {"why-lost": answer(f"{name}s own words"), "pick": answer("a")})
        facts = store.read_facts(ROOT / "tests" / "recorded" / f"{source}.json")
        mine = store.read_facts(made.results / name / store.FACTS)
        lab = facts.labs[0].model_copy(update={"answers": mine.labs[0].answers})
        changes = {"submission": name, "labs": (lab,), "same_as": "bob" if name == "alice" else ""}
        store.write_facts(made.results / name / store.FACTS, facts.model_copy(update=changes))
    made.grader("rejudge", "results", code=None)
    made.mark("--set", "alice", LAB, "why-lost", "2", "--comment", "Nearly", "--by", "anna")
    entries = tuple(
        Imported(
            person=person, source="canvas", entry=ENTRIES[name], submitted_at="2026-03-03T00:00:00Z"
        )
        for name, person in PEOPLE.items()
    )
    write_text(made.results / RECORD, ImportRecord(submissions=entries).to_json())
    return made


def _feedback(course: Course, fmt: str, output: Path, *more: str, code: int = 0) -> str:
    words = ("feedback", "results", "--format", fmt, "--output", output)
    return course.grader_plain(*words, *more, code=code).stderr


def _zip(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def _folder(path: Path) -> dict[str, str]:
    files = sorted(entry for entry in path.rglob("*") if entry.is_file())
    return {entry.relative_to(path).as_posix(): entry.read_text("utf-8") for entry in files}


def test_moodle_takes_each_file_for_its_participant(course: Course, tmp_path: Path) -> None:
    """Whatever is in a name: underscores, a slash, what Moodle would take for a hidden file."""
    _feedback(course, "moodle", tmp_path / "moodle.zip")

    files = _zip(tmp_path / "moodle.zip")
    both = {"report.html", "feedback.txt"}
    assert moodle_feedback(files, {"70001", "70002"}) == {"70001": both, "70002": both}
    assert len(files) == 4
    (page,) = (text for name, text in files.items() if "_70001_" in name and "html" in name)
    assert "<title>alice: " in page


def test_canvas_makes_comments_of_them_for_whom_they_are(course: Course, tmp_path: Path) -> None:
    """By a file that the student handed in, and never by one that a student's file names."""
    _feedback(course, "canvas", tmp_path / "canvas.zip")

    files = _zip(tmp_path / "canvas.zip")
    found, ignored = canvas_comments(files, {"511": {"9001", "9002"}, "512": {"9003"}})
    assert not ignored
    assert {user: len(names) for user, names in found.items()} == {"511": 2, "512": 2}
    assert all("<title>bob: " in files[n] for n in found["512"] if n.endswith("report.html"))


def test_a_release_and_a_comment_hold_as_much_as_github_takes(
    course: Course, tmp_path: Path
) -> None:
    """In a folder called like the account where it is known; the asset's name is one it takes."""
    _feedback(course, "github", tmp_path / "github")

    files = _folder(tmp_path / "github")
    assert {name.split("/")[0] for name in files} == {"alice", "bob-gh"}
    assert len(files["alice/comment.md"]) <= 65_536
    assert len(files["alice/release-body.md"]) <= 125_000
    assert files["alice/comment.md"].startswith("## ")
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9-]*\.html", "report.html")
    assert "alice/report.html" in files


@pytest.mark.parametrize("fmt", ["moodle", "canvas", "folder", "github"])
def test_nothing_hidden_and_nobody_else_is_in_it(course: Course, tmp_path: Path, fmt: str) -> None:
    """Though the staff's own page has the hidden check, and the result whose work is the same."""
    kept = (course.results / "alice" / store.REPORT).read_text(encoding="utf-8")
    assert STAFF_ONLY in kept
    assert '"same_as": "bob"' in (course.results / "alice" / store.RESULT).read_text()
    output = tmp_path / ("out.zip" if fmt in {"moodle", "canvas"} else "out")

    _feedback(course, fmt, output)

    files = _zip(output) if output.is_file() else _folder(output)
    key = ("names the process", "says what becomes of the signal", "It is because of PID 1")
    for name, text in files.items():
        for word in (STAFF_ONLY, HIDDEN, *key):
            assert word not in text, (name, word)
        alice = any(word in name for word in ("alice", "70001", "_511_"))
        assert ("bob" if alice else "alice") not in text, name
        assert ("Nearly" in text) is alice, name


def test_what_cannot_be_addressed_is_said(course: Course, tmp_path: Path) -> None:
    """Without an import's record there is no participant; nothing of others stays in a folder."""
    (tmp_path / "none").mkdir()
    said = _feedback(
        course, "moodle", tmp_path / "m.zip", "--submissions", str(tmp_path / "none"), code=2
    )
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "note").write_text("mine")
    old = _feedback(course, "folder", tmp_path / "old", code=2)

    assert "alice: Moodle's number of the participant is not known" in said
    assert not _zip(tmp_path / "m.zip")
    assert "is there already" in old


def test_every_member_of_a_group_is_credited_and_is_late_for_themselves(
    course: Course, tmp_path: Path
) -> None:
    """One grading and one mark; bob's partner has an extension of her own, and her own page."""
    roster = tmp_path / "roster.csv"
    roster.write_text(
        "id,group,extension,moodle id\n"
        "alice,,,70001\nbob,Team 1,,70002\nzoe,Team 1,2d,70003\nyan,,,70004\n"
    )
    late = ("--due", "2026-03-02T00:00+00:00", "--penalty", "1/day")

    done = course.grader_plain(
        *("export", "results", "--format", "csv", "--roster", roster, *late), code=None
    )
    _feedback(course, "moodle", tmp_path / "m.zip", "--roster", str(roster))

    rows = {row["id"]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    assert rows["bob"]["total"] == rows["zoe"]["total"] != ""
    assert int(rows["bob"]["total"]) - int(rows["bob"]["points"]) == 1
    assert rows["zoe"]["points"] == rows["zoe"]["total"]
    assert rows["yan"]["total"] == ""
    files = _zip(tmp_path / "m.zip")
    numbers = {"70001", "70002", "70003", "70004"}
    assert set(moodle_feedback(files, numbers)) == numbers - {"70004"}
    pages = {name: text for name, text in files.items() if "_70003_" in name}
    assert any("<title>zoe: " in text for text in pages.values())
    assert not any("bob" in text.replace("bobs own words", "") for text in pages.values())


def test_a_group_that_handed_in_twice_is_said(course: Course, tmp_path: Path) -> None:
    """Which of two gradings counts is not guessed."""
    roster = tmp_path / "roster.csv"
    roster.write_text("id,group\nalice,T\nbob,T\n")

    done = course.grader_plain(
        *("export", "results", "--format", "csv", "--roster", roster), code=2
    )

    assert "alice has two results, alice and bob" in done.stderr


def test_an_empty_folder_does_not_stand_against_the_groups_work(
    course: Course, tmp_path: Path
) -> None:
    """An import without a roster of groups made one for who handed nothing in."""
    (tmp_path / "record").mkdir()
    entry = Imported(person=Person(id="alice"), source="roster", missing=True)
    record = ImportRecord(submissions=(entry,)).to_json()
    (tmp_path / "record" / RECORD).write_text(record, encoding="utf-8")
    roster = tmp_path / "roster.csv"
    words = ("export", "results", "--format", "csv", "--submissions", tmp_path / "record")

    totals = []
    for lines in ("id,group\nalice,T\nbob,T\n", "id,group\nalice,T\nbob,U\nzoe,T\n"):
        roster.write_text(lines)
        done = course.grader_plain(*words, "--roster", roster, code=None)
        rows = csv.DictReader(io.StringIO(done.stdout))
        totals.append({row["id"]: row["total"] for row in rows})

    together, apart = totals
    assert together["alice"] == together["bob"] == apart["bob"]
    assert apart["alice"] not in {"", apart["bob"]}
    assert apart["zoe"] == ""
