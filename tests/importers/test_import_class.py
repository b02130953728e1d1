"""Importing as a teacher does: sources as they really look, and the folders that come out."""

import contextlib
import json
import logging
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from grader.core.errors import UsageError
from grader.core.import_record import JOURNAL, RECORD, Imported, ImportRecord
from grader.core.logs import SafeFormatter
from grader.importers.import_class import Options, Report, import_source
from grader.importers.import_request import ImportRequest
from grader.importers.roster import Roster, read_roster
from grader.importers.safe_names import bad_id
from grader.importers.write_folders import PROBLEM, alone, digest_of
from tests.builders.broken_disk import Killed, broken
from tests.cost import steps
from tests.importers.packing import LAB, LABS, tarred, zipped

FILES = frozenset({"Dockerfile-exec", "entrypoint.sh"})
DOCKERFILE = {f"{LAB}/Dockerfile-exec": b"FROM python:3.7\n"}
ROSTER = """id,name,email,github,sis id
alice,"Doe, Alice",alice@x.org,alice-gh,1001
bob,Bob \u00d6zt\u00fcrk,bob@x.org,Bob-GH,1002
"""


def _write(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


def _under(name: str, files: Mapping[str, bytes] = DOCKERFILE) -> dict[str, bytes]:
    return {f"{name}/{path}": content for path, content in files.items()}


def _roster(tmp_path: Path, text: str = ROSTER) -> Roster:
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path)


def _import(
    source: Path, target: Path, roster: Roster | None = None, prefix: str = "", **options: object
) -> Report:
    asked = ImportRequest(LABS, roster or Roster(()), prefix, FILES)
    return import_source(source, target, asked, Options(**options))  # type: ignore[arg-type]


def _files(target: Path) -> dict[str, bytes]:
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in target.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def _record(target: Path) -> ImportRecord:
    return ImportRecord.model_validate_json((target / RECORD).read_bytes())


def test_a_folder_of_folders_is_taken_as_it_is(tmp_path: Path) -> None:
    """What programs leave behind does not come along; the record says where each came from."""
    source = _write(
        tmp_path / "in",
        {**_under("alice"), **_under("bob"), "alice/.git/config": b"x", "bob/__MACOSX/x": b"y"},
    )

    report = _import(source, tmp_path / "out")

    assert report.kind == "folders"
    assert _files(tmp_path / "out") == {**_under("alice"), **_under("bob")}
    first = _record(tmp_path / "out").submissions[0]
    assert (first.person.id, first.entry, first.labs) == ("alice", "alice", (LAB,))


def test_the_log_says_what_became_of_each_entry(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Entry, student, what was done and what was left out; each on one line, odd names escaped."""
    caplog.handler.setFormatter(SafeFormatter())
    caplog.set_level(logging.DEBUG, "grader.importers")
    source = _write(tmp_path / "in", _under("a\x1b[2Jb"))
    (source / "a\x1b[2Jb" / LAB / "link").symlink_to("/etc/passwd")

    (name,) = _import(source, tmp_path / "out").done

    lines = [line.partition("] ")[2] for line in caplog.text.splitlines()]
    files = len(_files(tmp_path / "out"))
    assert f"{source} is read as folders: 1 entries" in lines
    assert f"a\\x1b[2Jb -> {name}: new, {LAB}, {files} files" in lines
    assert any(line.startswith(f"{name}: left out {LAB}/link: ") for line in lines)
    assert any(line.startswith(f"wrote {tmp_path / 'out' / name}: ") for line in lines)
    assert "\x1b" not in caplog.text


@pytest.mark.parametrize(
    "name",
    [
        *("Doe Jr.", "a\x1b[2Jb", "x\ny", "\u00e9t\u00e9 \u202e", "a b ", "Class.html"),
        *("x" * 120, "n, " * 30, "\u540d" * 70),
    ],
)
@pytest.mark.parametrize("as_zip", [True, False])
def test_an_odd_folders_name_costs_its_student_nothing(
    tmp_path: Path, name: str, *, as_zip: bool
) -> None:
    """It becomes a plain one that results can have, however long; what lies in it is taken."""
    source = tmp_path / "in"
    files = {**_under(name), **_under("bob")}
    if as_zip:
        source.write_bytes(zipped(files))
    else:
        _write(source, files)

    report = _import(source, tmp_path / "out")

    assert not report.left_out
    (odd,) = set(report.done) - {"bob"}
    assert odd.isprintable()
    assert not bad_id(odd)
    assert f"{odd}/{LAB}/Dockerfile-exec" in _files(tmp_path / "out")


def test_importing_again_changes_nothing_and_a_changed_one_only_itself(tmp_path: Path) -> None:
    """Unchanged folders are not even touched."""
    source, target = _write(tmp_path / "in", {**_under("alice"), **_under("bob")}), tmp_path / "out"
    _import(source, target)
    before = {path: path.stat().st_ino for path in target.iterdir()}
    record = (target / RECORD).read_bytes()

    again = _import(source, target)
    assert set(again.done.values()) == {"same"}
    assert (target / RECORD).read_bytes() == record

    (source / "bob" / LAB / "Dockerfile-exec").write_text("FROM python:3.8\n")
    changed = _import(source, target)

    assert changed.done == {"alice": "same", "bob": "changed"}
    assert (target / "alice").stat().st_ino == before[target / "alice"]
    assert (target / "bob" / LAB / "Dockerfile-exec").read_text() == "FROM python:3.8\n"
    assert sorted(path.name for path in target.iterdir()) == [RECORD, "alice", "bob"]


def test_what_a_person_changed_by_hand_is_left_alone(tmp_path: Path) -> None:
    """Until they say otherwise."""
    source, target = _write(tmp_path / "in", _under("alice")), tmp_path / "out"
    _import(source, target)
    (target / "alice" / LAB / "Dockerfile-exec").write_text("FROM mended\n")

    assert _import(source, target).done == {"alice": "kept"}
    assert (target / "alice" / LAB / "Dockerfile-exec").read_text() == "FROM mended\n"
    assert _import(source, target, force=True).done == {"alice": "changed"}


def test_folders_that_no_import_made_are_not_overwritten(tmp_path: Path) -> None:
    """Nothing at all is written then."""
    source = _write(tmp_path / "in", {**_under("alice"), **_under("bob")})
    target = _write(tmp_path / "out", {"bob/notes.txt": b"mine"})

    with pytest.raises(UsageError, match="no import wrote: bob"):
        _import(source, target)

    assert _files(target) == {"bob/notes.txt": b"mine"}


def test_clones_are_named_by_their_users_and_dated_by_their_commits(tmp_path: Path) -> None:
    """With a roster the ids are the class's own; who is not in it is said."""
    source = _write(
        tmp_path / "lab-one-submissions",
        {
            **_under("lab-one-alice-gh"),
            **_under("lab-one-bob-gh"),
            **_under("lab-one-eve"),
        },
    )
    for folder in source.iterdir():
        _git(folder, "init", "-q")
        _git(folder, "add", "-A")
        _git(folder, "commit", "-qm", "work")
    _git(source / "lab-one-eve", "gc", "-q")
    _git(source / "lab-one-eve", "pack-refs", "--all")

    report = _import(source, tmp_path / "out", _roster(tmp_path))

    assert report.kind == "github"
    assert set(report.done) == {"alice", "bob", "eve"}
    assert report.strangers == ["lab-one-eve (eve)"]
    for entry in _record(tmp_path / "out").submissions:
        assert entry.submitted_at == "2026-03-01T11:00:00Z"
        assert entry.time_from == "commit"


def test_a_commit_of_a_year_beyond_all_calendars_stops_nothing(tmp_path: Path) -> None:
    """Whoever commits says when; such a clone has no time, and the others keep theirs."""
    source = _write(tmp_path / "in", {**_under("lab-alice"), **_under("lab-bob")})
    for name, when in (("alice", "@999999999999 +0000"), ("bob", "@1772362800 +0000")):
        _git(source / f"lab-{name}", "init", "-q")
        _git(source / f"lab-{name}", "add", "-A")
        _git(source / f"lab-{name}", "commit", "-qm", "work", when=when)

    _import(source, tmp_path / "out", kind="github")

    times = [entry.submitted_at for entry in _record(tmp_path / "out").submissions]
    assert times == ["", "2026-03-01T11:00:00Z"]


def _git(folder: Path, *args: str, when: str = "2026-03-01T12:00:00+01:00") -> None:
    names = {
        f"GIT_{who}_{what}": "x" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    environment = {**os.environ, **names, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when}
    subprocess.run(["git", *args], cwd=folder, env=environment, check=True, timeout=60)


def test_a_clones_own_configuration_starts_no_program(tmp_path: Path) -> None:
    """A repository can name programs for git to run; reading a date must not run them."""
    clone = _write(tmp_path / "in" / "lab-alice", DOCKERFILE)
    _git(clone, "init", "-q")
    _git(clone, "add", "-A")
    _git(clone, "commit", "-qm", "work")
    canary = tmp_path / "canary"
    trap = _write(tmp_path, {"trap.sh": f"#!/bin/sh\ntouch {canary}\n".encode()}) / "trap.sh"
    trap.chmod(0o755)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "gpg.program", "core.editor"):
        _git(clone, "config", key, str(trap))
    _git(clone, "config", "log.showSignature", "true")
    for hook in ("post-checkout", "reference-transaction", "fsmonitor-watchman"):
        shutil.copy(trap, clone / ".git" / "hooks" / hook)
    canary.unlink(missing_ok=True)

    _import(tmp_path / "in", tmp_path / "out", prefix="lab", kind="github")

    assert _record(tmp_path / "out").submissions[0].submitted_at
    assert not canary.exists()


def test_where_a_user_begins_is_not_guessed(tmp_path: Path) -> None:
    """One repository alone shows no common beginning."""
    source = _write(tmp_path / "in", _under("lab-one-alice"))

    with pytest.raises(UsageError, match="--prefix"):
        _import(source, tmp_path / "out", kind="github")

    assert set(_import(source, tmp_path / "out", prefix="lab-one", kind="github").done) == {"alice"}


def test_a_download_of_classroom50_knows_users_and_times(tmp_path: Path) -> None:
    """scores.csv names the users; what a student wrote into their clone counts for nothing."""
    source = _write(
        tmp_path / "in",
        {
            **_under("cs-lab-alice-gh"),
            **_under("cs-lab-x-y"),
            "cs-lab-x-y/.classroom50.yaml": b'owner: {username: "alice-gh"}\n',
            "scores.csv": (
                b"username,first_name,last_name,email,section,score,max_score,datetime,"
                b"submission_tag,submitted_by,review_url,late,override\r\n"
                b"alice-gh,Alice,Doe,,,5,9,2026-03-01T12:00:00Z,submit/1,,,true,\r\n"
                b"x-y,,,,,,,,,,,,\r\ny,,,,,,,,,,,,\r\n"
            ),
        },
    )

    report = _import(source, tmp_path / "out", _roster(tmp_path))

    assert report.kind == "classroom50"
    alice, bob, other = _record(tmp_path / "out").submissions
    assert (alice.person.id, alice.late, alice.submitted_at) == (
        "alice",
        True,
        "2026-03-01T12:00:00Z",
    )
    assert bob.missing
    assert other.person.github == "x-y"


MOODLE = {
    "Alice Doe_70001_assignsubmission_file/work.zip": zipped(_under("repo-main")),
    "Bob \u00d6zt\u00fcrk_70002_assignsubmission_file/repo/"
    + LAB
    + "/Dockerfile-exec": b"FROM b\n",
    "Bob \u00d6zt\u00fcrk_70002_assignsubmission_onlinetext/onlinetext.html": b"<p>hello</p>",
}


@pytest.mark.parametrize("as_zip", [True, False])
def test_moodles_download_is_matched_by_name(tmp_path: Path, *, as_zip: bool) -> None:
    """Zip or unpacked; the participant's number is kept for the way back."""
    source = tmp_path / "course-lab-12.zip"
    if as_zip:
        source.write_bytes(zipped(MOODLE))
    else:
        _write(source, MOODLE)

    report = _import(source, tmp_path / "out", _roster(tmp_path))

    assert report.kind == "moodle"
    assert _files(tmp_path / "out") == {
        **_under("alice"),
        f"bob/{LAB}/Dockerfile-exec": b"FROM b\n",
    }
    assert [entry.person.moodle_id for entry in _record(tmp_path / "out").submissions] == [
        "70001",
        "70002",
    ]


def test_neither_a_stray_file_nor_an_odd_name_hides_moodles_download(tmp_path: Path) -> None:
    """Taken for a folder of folders, it would give every student a wrong id."""
    source = tmp_path / "course-lab-12.zip"
    more = _under("Eve\nRoe_70003_assignsubmission_file")
    source.write_bytes(zipped({**MOODLE, **more, "notes.txt": b"mine"}))

    report = _import(source, tmp_path / "out", _roster(tmp_path))

    assert (report.kind, report.unknown) == ("moodle", ("notes.txt",))
    assert {"alice", "bob"} < set(report.done)
    assert len(report.done) == 3


def test_moodles_flat_download_is_the_same(tmp_path: Path) -> None:
    """As sites do where folders are switched off."""
    source = tmp_path / "flat.zip"
    source.write_bytes(
        zipped({"Alice Doe_70001_assignsubmission_file_my_work.zip": zipped(DOCKERFILE)})
    )

    _import(source, tmp_path / "out", _roster(tmp_path))

    assert _files(tmp_path / "out") == _under("alice")


def test_canvas_files_are_put_together_by_their_user(tmp_path: Path) -> None:
    """Late or not, one zip for each lab or one for all; its number is Canvas's ID."""
    source = tmp_path / "submissions.zip"
    source.write_bytes(
        zipped(
            {
                f"doealice_LATE_511_9001_{LAB}.zip": zipped({"Dockerfile-exec": b"FROM a\n"}),
                "doealice_LATE_511_9002_05-volumes.tgz": tarred(
                    [("05-volumes/05-volumes/x", b"x")], "w:gz"
                ),
                "\u00f6zt\u00fcrkbob_512_9003_work-1.zip": zipped(_under("work")),
                "anon_Ab1x9_9004_work.zip": zipped(DOCKERFILE),
                "roejane_513_text.html": b"<p>done</p>",
            }
        )
    )

    report = _import(source, tmp_path / "out", _roster(tmp_path))

    assert report.kind == "canvas"
    files = _files(tmp_path / "out")
    assert files[f"alice/{LAB}/Dockerfile-exec"] == b"FROM a\n"
    assert files["alice/05-volumes/x"] == b"x"
    assert files[f"bob/{LAB}/Dockerfile-exec"] == b"FROM python:3.7\n"
    by_id = {entry.person.id: entry for entry in _record(tmp_path / "out").submissions}
    assert (by_id["alice"].person.canvas_id, by_id["alice"].late) == ("511", True)
    assert (by_id["bob"].person.canvas_id, by_id["bob"].late) == ("512", False)
    assert len(report.empty) == 1


def test_files_handed_in_to_canvas_again_have_their_own_names(tmp_path: Path) -> None:
    """Canvas puts a number behind a name it has had before; others end with one themselves."""
    source = tmp_path / "submissions.zip"
    source.write_bytes(
        zipped(
            {
                "doealice_511_9001_Dockerfile-exec-1": b"FROM a\n",
                "doealice_511_9002_entrypoint-12.sh": b"sleep 1\n",
                "doealice_511_9003_notes-1.md": b"x",
                "roejane_512_9004_Dockerfile-exec": b"FROM b\n",
                "roejane_512_9005_Dockerfile-exec-1": b"FROM c\n",
                f"zoe_513_9006_{LAB}-2.zip": zipped({"Dockerfile-exec": b"FROM z\n"}),
            }
        )
    )

    _import(source, tmp_path / "out", only=LAB)

    assert _files(tmp_path / "out") == {
        f"doealice-511/{LAB}/Dockerfile-exec": b"FROM a\n",
        f"doealice-511/{LAB}/entrypoint.sh": b"sleep 1\n",
        f"doealice-511/{LAB}/notes-1.md": b"x",
        f"roejane-512/{LAB}/Dockerfile-exec": b"FROM b\n",
        f"roejane-512/{LAB}/Dockerfile-exec-1": b"FROM c\n",
        f"zoe-513/{LAB}/Dockerfile-exec": b"FROM z\n",
    }


METADATA = """---
submission_901:
  :submitters:
  - :name: Alice Doe
    :sid: '1001'
    :email: &mail alice@x.org
  - :name: Bob
    :email: BOB@x.org
  :created_at: 2026-03-01 11:00:00.123456000 Z
  :score: 3.0
  :results: {tests: [{name: a, output: ":submitters: x"}], leaderboard: *mail}
  :history:
  - :created_at: 2026-02-01 11:00:00 Z
    :submitters: []
submission_902:
  :submitters:
  - :name: Eve
    :email: eve@x.org
  :created_at: never
"""


@pytest.mark.parametrize("wrapped", ["assignment_5_export/", ""])
def test_a_gradescope_export_gives_every_member_of_a_group_a_copy(
    tmp_path: Path, wrapped: str
) -> None:
    """With the time from its metadata, in UTC."""
    files = {
        "submission_metadata.yml": METADATA.encode(),
        **_under("submission_901"),
        **_under("submission_902"),
        **_under("submission_903"),
    }
    source = tmp_path / "export.zip"
    source.write_bytes(zipped({wrapped + name: content for name, content in files.items()}))

    report = _import(source, tmp_path / "out", _roster(tmp_path))

    assert report.kind == "gradescope"
    assert report.unknown == ("submission_903",)
    by_id = {entry.person.id: entry for entry in _record(tmp_path / "out").submissions}
    assert set(by_id) == {"alice", "bob", "eve"}
    assert by_id["bob"].submitted_at == "2026-03-01T11:00:00Z"
    assert by_id["eve"].submitted_at == ""
    assert by_id["alice"].digest == by_id["bob"].digest


def test_two_submissions_of_one_student_stop_the_import_with_a_list(tmp_path: Path) -> None:
    """Nothing has been written by then; `--latest` chooses where there are times."""
    two = METADATA.replace("eve@x.org", "alice@x.org")
    files = {"submission_metadata.yml": two.encode(), **_under("submission_901")}
    files |= _under("submission_902", {f"{LAB}/Dockerfile-exec": b"newer"})
    source = _write(tmp_path / "in", files)

    with pytest.raises(UsageError, match="alice: submission_901, submission_902"):
        _import(source, tmp_path / "out", _roster(tmp_path))
    assert not (tmp_path / "out").exists()
    with pytest.raises(UsageError, match="Not all of them have a time"):
        _import(source, tmp_path / "out", _roster(tmp_path), latest=True)

    timed = two.replace("created_at: never", "created_at: 2026-03-02 00:00:00 Z")
    (source / "submission_metadata.yml").write_text(timed)
    report = _import(source, tmp_path / "out", _roster(tmp_path), latest=True)

    assert (tmp_path / "out" / "alice" / LAB / "Dockerfile-exec").read_bytes() == b"newer"
    assert report.superseded == ["submission_901"]


def test_ids_that_one_file_system_takes_for_one_stop_the_import(tmp_path: Path) -> None:
    """NFC and NFD, upper and lower case: both would be graded into one folder."""
    source = _write(tmp_path / "in", {**_under("Alice"), **_under("alice")})

    with pytest.raises(UsageError, match="'Alice' and 'alice'"):
        _import(source, tmp_path / "out")


def test_a_student_who_is_called_otherwise_now_is_not_there_twice(tmp_path: Path) -> None:
    """First without the roster, then with it, and back: nothing is written until it is clear."""
    source, target = tmp_path / "in", tmp_path / "out"
    _write(source, {**_under("lab-alice-gh"), **_under("lab-eve")})
    _import(source, target, prefix="lab", kind="github")
    before = _files(target), (target / RECORD).read_bytes()

    with pytest.raises(UsageError, match=r"other names:\nalice-gh is alice now\nName"):
        _import(source, target, _roster(tmp_path), prefix="lab", kind="github")
    assert (_files(target), (target / RECORD).read_bytes()) == before

    shutil.rmtree(target / "alice-gh")
    report = _import(source, target, _roster(tmp_path), prefix="lab", kind="github")
    assert report.done == {"alice": "new", "eve": "same"}
    assert [entry.person.id for entry in _record(target).submissions] == ["alice", "bob", "eve"]
    with pytest.raises(UsageError, match="alice is alice-gh now"):
        _import(source, target, prefix="lab", kind="github")


def test_a_namesake_of_somebody_who_left_is_somebody_else(tmp_path: Path) -> None:
    """The system's own numbers say so."""
    for number in ("70001", "70009"):
        source = tmp_path / f"{number}.zip"
        source.write_bytes(zipped(_under(f"Alice Doe_{number}_assignsubmission_file")))
        report = _import(source, tmp_path / "out")

    assert len(report.gone) == 1
    assert len(_record(tmp_path / "out").submissions) == 2


def test_who_handed_nothing_in_has_an_empty_folder(tmp_path: Path) -> None:
    """So that the class's table shows them; a later import fills it."""
    source, target = _write(tmp_path / "in", _under("alice")), tmp_path / "out"

    report = _import(source, target, _roster(tmp_path))
    assert report.missing == ["bob"]
    assert list((target / "bob").iterdir()) == []

    _write(source, _under("bob"))
    report = _import(source, target, _roster(tmp_path))
    assert report.done["bob"] == "new"
    assert not report.missing
    assert not any(entry.missing for entry in _record(target).submissions)


def test_who_a_killed_import_did_not_come_to_is_still_missing(tmp_path: Path) -> None:
    """What was only planned is no submission."""
    source, target = _write(tmp_path / "in", _under("alice")), tmp_path / "out"
    people = _roster(tmp_path).people
    planned = tuple(Imported(person=person, source="folders") for person in people)
    target.mkdir()
    (target / RECORD).write_text(ImportRecord(submissions=planned).to_json())

    report = _import(source, target, _roster(tmp_path))

    assert (report.done, report.missing) == ({"alice": "new"}, ["bob"])
    assert (target / "bob").is_dir()


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"a/" + LAB + "/x": b"1", "b/" + LAB + "/x": b"2"}, f"a/{LAB} and b/{LAB}"),
        ({LAB + "/x": b"1", f"{LAB}/{LAB}/x": b"2"}, f"{LAB} and {LAB}/{LAB}"),
        ({LAB + "/x": b"1", "old.zip": zipped({f"{LAB}/x": b"2"})}, f"{LAB} and old.zip/{LAB}"),
    ],
)
def test_a_lab_in_two_places_is_a_problem_that_names_both(
    tmp_path: Path, files: dict[str, bytes], problem: str
) -> None:
    """The student's other labs are taken, and other students are not touched by it."""
    files = {**files, "05-volumes/y": b"y"}
    source = _write(tmp_path / "in", {**_under("eve", files), **_under("alice")})

    report = _import(source, tmp_path / "out", kind="folders")

    assert problem in report.problems["eve"][0]
    placed = _files(tmp_path / "out")
    assert problem in placed[f"eve/{PROBLEM}"].decode()
    assert set(placed) == {f"eve/{PROBLEM}", "eve/05-volumes/y", f"alice/{LAB}/Dockerfile-exec"}


def test_hostile_archives_cost_only_their_own_student(tmp_path: Path) -> None:
    """Nothing is written outside, whatever the names say."""
    bad = {
        "slip": zipped({f"{LAB}/ok": b"1", "../../evil": b"2"}),
        "twins": zipped({f"{LAB}/a": b"1", f"{LAB}/A": b"2"}),
        "cut": zipped(DOCKERFILE)[:-30],
        "rar": b"Rar!\x1a\x07",
        "bomb": tarred([(f"{LAB}/z{n}", bytes(4 << 20)) for n in range(20)], "w:gz"),
        "crc": zipped(DOCKERFILE).replace(b"FROM", b"MORF"),
    }
    flat = {f"{n}n_{n}_9_w.zip": c for n, c in enumerate(bad.values())}
    source = tmp_path / "in.zip"
    with zipfile.ZipFile(source, "w") as archive:
        for name, content in {**flat, "good_77_1_w.zip": zipped(DOCKERFILE)}.items():
            archive.writestr(name, content)

    report = _import(source, tmp_path / "out", kind="canvas")

    assert len(report.done) == len(bad) + 1
    assert len(report.problems) == len(bad) - 1 or len(report.problems) == len(bad)
    assert _files(tmp_path / "out")[f"good-77/{LAB}/Dockerfile-exec"] == b"FROM python:3.7\n"
    assert not list(tmp_path.rglob("evil"))
    for name, problems in report.problems.items():
        assert (tmp_path / "out" / name / PROBLEM).read_text().strip() == "\n".join(problems)


def test_an_archive_three_deep_stays_shut(tmp_path: Path) -> None:
    """Two are what people make: the LMS's and their own, with one for each lab in it."""
    two = zipped({"one.zip": zipped(DOCKERFILE)})
    source = _write(tmp_path / "in", {"alice/w.zip": two, "bob/w.zip": zipped({"v.zip": two})})

    report = _import(source, tmp_path / "out", kind="folders")

    assert report.empty == ["bob"]
    assert "archive in an archive" in report.left_out["bob"]["w.zip/v.zip/one.zip"]
    assert f"alice/{LAB}/Dockerfile-exec" in _files(tmp_path / "out")


def test_links_in_a_folder_are_left_out_and_said(tmp_path: Path) -> None:
    """Nothing of the machine comes in through them."""
    source = _write(tmp_path / "in", _under("alice"))
    (source / "alice" / LAB / "link").symlink_to("/etc/passwd")
    (source / "alice" / "05-volumes").symlink_to("/etc")
    (source / "mallory").symlink_to("/etc")
    os.mkfifo(source / "alice" / LAB / "pipe")

    report = _import(source, tmp_path / "out")

    assert _files(tmp_path / "out") == _under("alice")
    assert "link" in report.left_out["alice"][f"{LAB}/link"]
    assert "no regular file" in report.left_out["alice"][f"{LAB}/pipe"]
    assert report.unknown == ("mallory",)


def test_without_a_lab_folder_all_is_kept_and_said(tmp_path: Path) -> None:
    """Unless every submission is of one lab."""
    source = _write(tmp_path / "in", {"alice/repo/Dockerfile-exec": b"x", "alice/repo/m/y": b"y"})

    assert _import(source, tmp_path / "out", kind="folders").empty == ["alice"]
    assert _files(tmp_path / "out") == {"alice/Dockerfile-exec": b"x", "alice/m/y": b"y"}

    _import(source, tmp_path / "two", kind="folders", only=LAB)
    assert _files(tmp_path / "two") == {
        f"alice/{LAB}/Dockerfile-exec": b"x",
        f"alice/{LAB}/m/y": b"y",
    }


@pytest.mark.parametrize("name", ["notes", "a,b", "lab", "x_1_assignsubmission"])
def test_what_it_is_not_certain_of_it_asks(tmp_path: Path, name: str) -> None:
    """No kind is guessed."""
    source = _write(tmp_path / "in", {f"{name}/x.txt": b"x", "other/y.txt": b"y"})

    with pytest.raises(UsageError, match="--from with one of folders, github"):
        _import(source, tmp_path / "out")


def test_an_import_that_is_killed_leaves_no_half_and_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    """At any moment: every folder that is there is whole."""
    many = {f"f{n}": b"x" * 2000 for n in range(50)}
    files = {f"s{n:02}/{LAB}/{name}": data for n in range(40) for name, data in many.items()}
    source, target = _write(tmp_path / "in", files), tmp_path / "out"
    command = [sys.executable, "-m", "grader", "import", str(source), "--to", str(target)]
    for share in (0.3, 0.5, 0.7):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wanted = 40 * share
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if target.exists() and len(list(target.glob("s*"))) >= wanted:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        process.wait()
        for folder in target.glob("s*"):
            assert len(list((folder / LAB).iterdir())) == 50

    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)

    assert "40 submissions" in done.stdout
    assert _files(target) == {
        f"s{n:02}/{LAB}/{name}": data for n in range(40) for name, data in many.items()
    }
    assert sorted(p.name for p in target.iterdir() if p.name.startswith(".")) == [RECORD]


def _import_of(folder: Path, size: int) -> Callable[[], None]:
    folder.mkdir()
    source = folder / "in.zip"
    work = zipped(DOCKERFILE)
    with zipfile.ZipFile(source, "w") as archive:
        for number in range(size):
            archive.writestr(f"name{number}_{number}_{number}_work.zip", work)
    rows = "".join(f"u{n},Name{n},{n}\n" for n in range(size))
    roster = _roster(folder, f"id,name,canvas id\n{rows}")

    def work_through() -> None:
        report = _import(source, folder / "out", roster)
        assert len(report.done) == size
        assert not report.strangers
        record = json.loads((folder / "out" / RECORD).read_text())
        assert record["schema"] == "grader/import/v1"

    return work_through


def test_work_grows_with_the_class_and_no_faster(tmp_path: Path) -> None:
    """Nobody is looked up by looking everybody through."""
    small, large = _import_of(tmp_path / "small", 75), _import_of(tmp_path / "large", 300)

    assert steps(large) < 4.5 * steps(small)


@pytest.mark.parametrize("kill", [True, False])
def test_what_an_import_placed_that_was_cut_off_is_no_persons_change(
    tmp_path: Path, *, kill: bool
) -> None:
    """Wherever it was: the next takes what was handed in since, and the record says all of it."""
    source, target = tmp_path / "in", tmp_path / "out"
    _write(source, {**_under("alice"), **_under("bob")})
    _import(source, target)
    at = 0
    while True:
        at += 1
        for name in ("alice", "bob"):
            (source / name / LAB / "Dockerfile-exec").write_text(f"FROM python:3.7\n# {at}\n")
        with broken(at, kill=kill) as disk, contextlib.suppress(Killed, OSError, UsageError):
            _import(source, target)
        if not disk.struck:
            break
        for name in ("alice", "bob"):
            assert (target / name / LAB / "Dockerfile-exec").stat().st_size
            (source / name / LAB / "Dockerfile-exec").write_text(f"FROM python:3.8\n# {at}\n")

        assert "kept" not in _import(source, target).done.values()

        assert _files(target) == _files(source)
        digests = {entry.person.id: entry.digest for entry in _record(target).submissions}
        assert digests == {name: digest_of(target / name) for name in ("alice", "bob")}
        assert not (target / JOURNAL).exists()
    assert at > 5


def test_two_imports_do_not_meet_in_one_folder(tmp_path: Path) -> None:
    """The second is told, and nothing of the first goes."""
    source, target = _write(tmp_path / "in", _under("alice")), tmp_path / "out"
    with alone(target), pytest.raises(UsageError, match="Another import is at work"):
        _import(source, target)
    assert _import(source, target).done == {"alice": "new"}
