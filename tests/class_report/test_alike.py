"""What is alike is found in a class of any size; what every right solution shares is not."""

import json
import math
import random
import re
from collections.abc import Mapping

import pytest

from grader.class_report.alike import Comparison, needed_bits, rare_limit
from grader.class_report.class_summary import Duplicates
from grader.class_report.fingerprint import MAX_CHARACTERS, Fingerprint, make_fingerprint
from tests.builders.student_texts import LAB, answer, dockerfile, files, given, script
from tests.conftest import ROOT
from tests.cost import steps


def made(name: str, content: Mapping[str, bytes], digest: str = "") -> Fingerprint:
    """Return the fingerprint of one student's files."""
    return make_fingerprint(name, digest or name, {LAB: content}, given(), {})


def compared(prints: list[Fingerprint]) -> Duplicates:
    """Return what is the same and alike among them."""
    comparison = Comparison()
    for one in prints:
        comparison.add(one.submission, one.digest, one)
    return comparison.duplicates(lambda place: prints[place])


def students(size: int) -> list[Fingerprint]:
    """Return a class in which everybody wrote their own."""
    return [made(f"s{number}", files(number)) for number in range(size)]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 5, 12, 40, 120, 400])
def test_nobody_is_alike_for_the_right_solution(size: int) -> None:
    """Five lines that follow from the task are everybody's."""
    found = compared(students(size))
    assert found.alike == ()
    assert found.identical == ()
    assert found.compared == size


@pytest.mark.parametrize("size", [2, 5, 12, 120, 400])
def test_a_copied_program_is_alike_with_its_lines_as_evidence(size: int) -> None:
    """A quarter of the lines is new, others are moved, spaces and quotes are changed."""
    chance = random.Random("copier")  # noqa: S311
    theirs = script(chance, 40)
    lines = theirs.splitlines()[2:]
    kept = lines[10:]
    chance.shuffle(kept)
    ours = "\n".join([*script(chance, 10).splitlines(), *(f"\t{line}  " for line in kept)])
    prints = students(size)
    prints[0] = made("one", files(901) | {"main.py": theirs.encode()})
    prints[1] = made("two", files(902) | {"main.py": ours.encode()})

    (alike,) = compared(prints).alike

    assert (alike.lab, alike.file, alike.first, alike.second) == (LAB, "main.py", "one", "two")
    assert alike.bits >= alike.needed
    assert alike.shared >= 25
    assert 40 < alike.similarity < 100
    assert {line.text for line in alike.lines} <= set(theirs.splitlines())
    assert all(line.have_it == 2 for line in alike.lines)


@pytest.mark.parametrize("size", [5, 12, 120, 400])
def test_an_answer_with_some_words_changed_is_alike(size: int) -> None:
    """Free answers are compared by runs of words: line breaks and some new words do not hide it."""
    chance = random.Random("answers")  # noqa: S311
    words = answer(chance, 120).split()
    changed = [("other" if n % 31 == 30 else word) for n, word in enumerate(words)]
    prints = students(size)
    prints[0] = made("one", files(901) | {"notes.md": " ".join(words).encode()})
    prints[1] = made("two", files(902) | {"notes.md": "\n".join(changed).upper().encode()})

    (alike,) = compared(prints).alike

    assert (alike.file, alike.first, alike.second) == ("notes.md", "one", "two")
    assert all(line.text.rstrip("…") in " ".join(words).casefold() for line in alike.lines)


def test_one_odd_folder_does_not_make_two_dockerfiles_alike() -> None:
    """Every line follows from one decision: it counts once."""
    odd = dockerfile(random.Random(1)).replace("WORKDIR", "WORKDIR /zebra/crossing #")  # noqa: S311
    odd += "COPY main.py /zebra/crossing/main.py\nVOLUME /zebra/crossing\nRUN ls /zebra/crossing\n"
    prints = students(60)
    for place in (3, 9):
        prints[place] = made(f"odd{place}", files(place) | {"Dockerfile-exec": odd.encode()})
    assert compared(prints).alike == ()


def test_comments_that_two_share_make_their_dockerfiles_alike() -> None:
    """Several decisions that nobody else came to."""
    odd = (
        "# pancakes before anything else\nFROM python:3.7\n# my grandmother likes whales\n"
        "LABEL owner=nobody-in-particular\nWORKDIR /zebra\nENV COLOUR=ultraviolet\n"
        "# there be dragons, seventeen of them\nCOPY main.py .\n"
    )
    prints = students(60)
    for place in (3, 9):
        prints[place] = made(f"odd{place}", files(place) | {"Dockerfile-exec": odd.encode()})
    (alike,) = compared(prints).alike
    assert (alike.first, alike.second) == ("odd3", "odd9")
    assert "# my grandmother likes whales" in {line.text for line in alike.lines}


def test_in_a_small_class_four_lines_that_only_two_have_are_enough() -> None:
    """No line of one in six can be as rare as one of sixty; three lines may still be chance."""
    odd = ("# pancakes first", "LABEL owner=nobody", "ENV COLOUR=ultraviolet", "# whales below")
    for shared, pairs in ((4, 1), (3, 0)):
        prints = students(6)
        for place in (1, 4):
            text = "\n".join(("FROM python:3.7", *odd[:shared], "COPY main.py .")) + "\n"
            prints[place] = made(f"odd{place}", files(place) | {"Dockerfile-exec": text.encode()})

        assert len(compared(prints).alike) == pairs


def test_what_the_lab_gave_out_is_nobodys() -> None:
    """Those who handed in the starter are the same, with nothing of their own."""
    starter = {"Dockerfile-exec": given()[LAB]["Dockerfile-exec"]}
    found = compared([made("a", starter, "d"), made("b", starter, "d"), *students(5)])
    assert [(i.submissions, i.own, i.same_bytes) for i in found.identical] == [
        (("a", "b"), 0, True)
    ]


def test_the_same_but_for_spaces_is_the_same() -> None:
    """Named once as the same, and not again as alike; others see one text in it."""
    mine = files(1)
    spaced = {name: content.replace(b" ", b"  ") + b"\n" for name, content in mine.items()}
    found = compared([made("a", mine), *students(30)[5:], made("b", spaced), made("c", mine, "a")])
    assert [(i.submissions, i.same_bytes) for i in found.identical] == [(("a", "b", "c"), False)]
    assert found.alike == ()


def test_a_ring_is_found_in_pairs() -> None:
    """Five who share a program are ten pairs."""
    chance = random.Random("ring")  # noqa: S311
    shared = script(chance, 40)
    prints = students(100)
    for place in range(5):
        mine = shared + script(chance, 5)
        prints[place] = made(f"ring{place}", files(place) | {"main.py": mine.encode()})
    found = compared(prints).alike
    assert len(found) == 10
    assert {name for pair in found for name in (pair.first, pair.second)} == {
        f"ring{place}" for place in range(5)
    }


def test_what_teachers_are_told_of_its_limits_is_so() -> None:
    """The table of docs/teachers.md, and a ring that is one too large for it."""
    text = (ROOT / "docs" / "teachers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (\d+) \| ([\d.]+) \| (\d+) \|$", text, re.MULTILINE)
    assert len(rows) == 6
    for size, rare, bits, lines in rows:
        needed = needed_bits(int(size))
        assert rare_limit(int(size)) == int(rare)
        assert round(needed, 1) == float(bits)
        assert math.ceil(needed / math.log2((int(size) + 1) / 2)) == int(lines)

    chance = random.Random("ring")  # noqa: S311
    shared = script(chance, 40)
    prints = students(100)
    for place in range(rare_limit(100) + 1):
        mine = shared + script(chance, 5)
        prints[place] = made(f"ring{place}", files(place) | {"main.py": mine.encode()})
    assert compared(prints).alike == ()


def test_order_of_submissions_changes_nothing() -> None:
    """Neither does the hash seed: hashes only find what texts then prove."""
    chance = random.Random("ring")  # noqa: S311
    shared = {"main.py": script(chance, 40).encode()}
    prints = [*students(20), made("one", files(901) | shared), made("two", files(902) | shared)]
    there, back = compared(prints), compared(prints[::-1])
    assert [{a.first, a.second} for a in there.alike] == [{a.first, a.second} for a in back.alike]
    assert there.alike[0].bits == back.alike[0].bits


def test_a_fingerprint_of_hostile_text_is_bounded() -> None:
    """Binary, endless lines, many files, a notebook that is none: a fingerprint stays small."""
    hostile = {
        "a.bin": bytes(range(256)) * 1000,
        "b.txt": b"x" * 3_000_000,
        "c.py": b"\n".join(b"line number %d" % number for number in range(200_000)),
        "d.ipynb": b"[" * 100_000,
        "e.ipynb": json.dumps({"cells": [{"source": [1, None]}, {"source": "why not"}]}).encode(),
        "f.md": "\u202e\x1b[31m".encode() * 1000,
    } | {f"g{number}.py": b"print('one of many files')" for number in range(150)}
    one = made("hostile", hostile)
    text = one.to_json()
    assert len(text) < 2 * MAX_CHARACTERS
    assert Fingerprint.model_validate_json(text) == one
    assert "\x1b" not in text
    assert one.own > 200_000


def test_answers_take_the_place_of_their_notebook() -> None:
    """What the notebook asks is not the student's text."""
    book = json.dumps({"cells": [{"source": "What is an image, in your own words?"}]}).encode()
    found = make_fingerprint(
        "a", "a", {LAB: {"answers.ipynb": book}}, {}, {LAB: {"q1": "A stack of layers."}}
    )
    assert [(text.name, text.kind, text.lines) for text in found.files] == [
        ("answer q1", "prose", ("A stack of layers.",))
    ]


def test_work_grows_with_what_is_shared_and_not_with_the_pairs() -> None:
    """Twice the students are four times the pairs."""
    some, many = students(300), students(600)
    assert compared(many).compared == 600

    assert steps(lambda: compared(many)) < 2.5 * steps(lambda: compared(some))


def test_what_is_no_text_is_the_same_only_if_its_bytes_are() -> None:
    """An old encoding, a binary file, a notebook that is none."""
    for name in ("Dockerfile-exec", "notes.txt", "answers.ipynb"):
        for first, second in (
            ("# für".encode("cp1252"), "# fährt".encode("cp1252")),
            (b"\x00\x01", b"\x00\x02"),
            (b"{first", b"{second"),
        ):
            assert made("a", {name: first}).whole != made("b", {name: second}).whole
            assert made("a", {name: first}).whole == made("b", {name: first}).whole
