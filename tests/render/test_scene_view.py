"""A scene on the page: what was done in docker's words, what was seen, and what it decides."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from grader.facts import Fault, Kill, LogLine, NotSeen, StopFacts, SubmissionFacts
from grader.facts.scenes import (
    Answer,
    Answered,
    Content,
    Missing,
    SceneFacts,
    Seen,
    Started,
    Stopped,
)
from grader.judge.score import score_submission
from grader.render.scene_commands import setup_commands, step_command
from grader.spec.scenes import SceneSpec, Step
from tests.render.test_html import LABS, facts_of, page_of, read


def _row(page: str, anchor: str) -> str:
    """Return the row of the table with this id, as text."""
    found = re.search(rf'<tr id="{anchor}">(.*?)</tr>', page, re.DOTALL)
    assert found
    return " ".join(re.sub(r"<[^>]+>", "", found[1]).split())


def _with(scene: str, steps: Mapping[str, Seen | Missing]) -> SubmissionFacts:
    """Return the recorded facts of lab 05 with other steps in one scene."""
    facts = facts_of("05-volumes")
    lab = facts.labs[0]
    old = lab.observations[scene]
    assert isinstance(old, SceneFacts)
    new = SceneFacts(steps={**old.steps, **steps})
    changed = lab.model_copy(update={"observations": {**lab.observations, scene: new}})
    return facts.model_copy(update={"labs": (changed,)})


def test_a_step_says_what_was_done_and_seen_and_which_check_it_decides() -> None:
    """With the words of this run filled in, and a link to the check."""
    page = page_of(facts_of("05-volumes"))
    row = _row(page, "05-volumes-seen-adding-twice")

    assert row.startswith("5 cat volume/save_file 3 lines in it first line wwfyzwih pmhgtgqc")
    assert row.endswith("passed: each container appends the line in ADD_LINE when it starts")
    assert 'href="#05-volumes-add-line">each container' in page


def test_a_check_leads_to_the_step_it_was_judged_by() -> None:
    """By its number in the table."""
    page = page_of(facts_of("05-volumes"))
    assert '<a href="#05-volumes-seen-sharing-end">sharing, step 6</a>' in page


def test_a_scene_is_unfolded_where_a_check_of_it_failed() -> None:
    """And folded where all is well."""
    fine = read(page_of(facts_of("05-volumes"))).all_of("details")
    assert not [found for found in fine if "open" in found and found.get("class") == "more"]

    lost = read(page_of(_with("adding", {"twice": Content(path="save_file", lines=("x",))})))
    opened = [f for f in lost.all_of("details") if "open" in f and f.get("class") == "more"]
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (Content(path="p", lines=None, asked="It had ended."), "no such file. It had ended."),
        (Content(path="p", lines=tuple("abcdef")), "6 lines in it, the first 4 a b c d"),
        (Missing(why=NotSeen(fault=Fault.STUDENT, why="Gone.")), "could not be done: Gone."),
        (
            Answered(
                source="n",
                to="a:1",
                answers=(
                    Answer(status=200, body="one\n", peer="1", error="", seconds=0.1),
                    Answer(status=200, body="two", peer="2", error="", seconds=0.1),
                    Answer(status=0, body="", peer="", error="refused", seconds=0.1),
                ),
            ),
            "status 200 (2 times), no answer: refused, from 2 addresses answered one two",
        ),
        (
            Started(
                container="c", image="i", args=(), address="", running=False, exit_code=3,
                log=(LogLine(at=0.0, text="last words"),),
            ),
            "ended with exit code 3 printed last words",
        ),
        (
            Stopped(
                container="c",
                stop=StopFacts(
                    grace=10.0, kills=(Kill(signal=2, at=1.0), Kill(signal=9, at=11.0)),
                    died_at=11.25, exit_code=137, oom_killed=False,
                ),
                log=(),
            ),
            "ended by SIGKILL 10.25 s after SIGINT, exit code 137",
        ),
    ],
    ids=["no-file", "long-file", "missing", "answers", "ended", "stopped"],
)  # fmt: skip
def test_what_was_seen_is_said_in_words(seen: Seen | Missing, words: str) -> None:
    """Whatever a step's facts are, also others than it is usually about."""
    judged = score_submission(facts_of("05-volumes"), LABS)
    page = page_of(_with("adding", {"twice": seen}), judged)
    assert words in _row(page, "05-volumes-seen-adding-twice")


def test_a_step_that_facts_do_not_have_is_not_on_record() -> None:
    """The lab has got it since."""
    row = _row(page_of(facts_of("05-volumes")), "05-volumes-seen-sharing-begun")
    assert row.endswith("not on record")


def _step(**todo: Any) -> Step:
    return Step.model_validate({"id": "it", **todo}, strict=False)


STEPS = [
    (
        _step(start={"image": "i", "network": "n", "mounts": {"v": "/d"}, "env": {"A": "{w} b"}}),
        "docker run -d --name it --network n -e A='WORD b' -v v:/d i",
    ),
    (
        _step(start={"image": "i", "args": ["{ip:srv}:1"], "publish": [80], "ends": True}),
        "docker run --name it --network none -p 127.0.0.1::80 i 10.0.0.2:1",
    ),
    (_step(again={"of": "srv"}), "docker kill srv; docker start srv"),
    (_step(wait={"of": "srv"}), "docker wait srv"),
    (_step(stop={"of": "srv"}), "docker stop srv"),
    (_step(remove={"of": "srv"}), "docker rm -f -v srv"),
    (
        _step(occupy={"network": "net", "aliases": ["a"]}),
        "docker run -d --name it --network net --network-alias a IDLE-IMAGE sleep 600",
    ),
    (_step(says={"of": "srv", "line": "{w}"}), "docker logs -f srv | grep -m 1 -F WORD"),
    (
        _step(request={"from": "net", "to": "{name:srv}:80", "path": "/a?b", "body": "{w}"}),
        "curl -d WORD 'http://srv:80/a?b' # from the network net",
    ),
    (
        _step(request={"from": "host", "to": "127.0.0.1:{port:srv:80}", "send": ""}),
        "nc 127.0.0.1 PORT-OF-srv",
    ),
    (
        _step(request={"from": "net", "to": "a:1", "send": "x", "times": 5}),
        "printf %s x | nc a 1 # from the network net, 5 times",
    ),
    (_step(append={"volume": "v", "path": "f", "line": "{w}"}), "echo WORD >> v/f"),
    (_step(read={"volume": "v", "path": "f"}), "cat v/f"),
    (_step(read={"of": "srv", "path": "/f"}), "docker exec srv cat /f"),
    (_step(count={"of": "srv", "line": "{w}"}), "docker logs srv | grep -c -F WORD"),
    (
        _step(count={"of": "srv", "line": "{w}", "without": "x"}),
        "docker logs srv | grep -F WORD | grep -v -F x | wc -l",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("step", "command"), STEPS, ids=[command for _, command in STEPS])
def test_each_step_has_its_words(step: Step, command: str) -> None:
    """As a student would type them, quoted for a shell."""
    server = Started(
        container="srv",
        image="i",
        args=(),
        address="10.0.0.2",
        running=True,
        exit_code=None,
        log=(),
    )
    assert step_command(step, SceneFacts(steps={"srv": server}), {"w": "WORD"}) == command


def test_every_kind_of_step_was_tried() -> None:
    """Also one that is added tomorrow."""
    assert {word for step, _ in STEPS for word in step.todo()} == set(Step.model_fields) - {"id"}


def test_what_the_first_step_finds_is_made_before() -> None:
    """Networks, volumes, and folders of the host."""
    spec = SceneSpec.model_validate(
        {
            "networks": {"n": "internal", "o": "open"},
            "volumes": ["v"],
            "folders": ["f"],
            "steps": [{"id": "a", "occupy": {"network": "n"}}],
        },
        strict=False,
    )
    assert setup_commands(spec) == (
        "docker network create --internal n",
        "docker network create o",
        "docker volume create v",
        "mkdir f",
    )
