"""Annotations: read back as GitHub's runner reads a line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.render.annotations import SHOWN, render_annotations, workflow_command
from grader.result import Result, Status
from tests.builders.report_results import NAMES, TEXTS, map_checks, results, samples
from tests.render.runner import commands


def _holds(result: Result, folder: str = "labs/x") -> None:
    folders = {section.id: folder for section in result.sections[:1]}
    lines = render_annotations(result, folders)
    read = list(commands("\n".join(lines)))
    assert len(read) == len(lines)
    assert all("\n" not in line and "\r" not in line for line in lines)
    kinds = [command.name for command in read]
    assert set(kinds) <= {"error", "warning"}
    assert kinds.count("error") <= SHOWN
    assert kinds.count("warning") <= SHOWN
    for command in read:
        assert set(command.properties) <= {"title", "file", "line"}
        assert command.properties.get("file", folder).startswith(folder)
        assert int(command.properties.get("line", "1")) > 0


@pytest.mark.parametrize("name", NAMES)
def test_every_sample_is_read_back_as_what_it_is(name: str) -> None:
    """Model, wrong, hostile, not graded and pending ones."""
    _holds(samples()[name])


@settings(max_examples=100, deadline=None)
@given(results())
def test_any_result_is_read_back_as_what_it_is(result: Result) -> None:
    """No text ends a command, adds a property to it or starts another."""
    _holds(result)


# The runner itself takes the spaces off both ends of all properties together.
@given(TEXTS, TEXTS, TEXTS.map(str.strip), st.none() | st.integers(1, 99))
def test_a_command_survives_the_runner(
    message: str, title: str, file: str, line: int | None
) -> None:
    """One line in, one command out."""
    (read,) = commands(workflow_command("error", message, title=title, file=file, line=line))

    assert read.name == "error"
    assert read.properties.get("file", "") == file
    assert read.properties.get("line") == (str(line) if line else None)


def test_a_cause_points_at_its_line_and_is_said_once() -> None:
    """First of all, with the points that it costs; the checks that it explains are not repeated."""
    result = samples()["mixed"]
    lines = render_annotations(result, {"04-images-and-containers": "04-images-and-containers"})
    read = list(commands("\n".join(lines)))
    cause = result.sections[0].causes[0]

    assert read[0].properties["title"] == f"{cause.title} (-9)"
    assert read[0].properties["file"] == "04-images-and-containers/Dockerfile-exec"
    assert read[0].properties["line"] == "11"
    assert read[0].data.splitlines()[0] == cause.seen
    assert read[0].data.splitlines()[-1] == f"More: grader explain {cause.id}"
    titles = [command.properties["title"] for command in read]
    assert not any(title.startswith("ENTRYPOINT is written in exec") for title in titles)


def test_a_failed_check_without_a_cause_points_at_the_line_that_explains_it() -> None:
    """With what was expected, what was seen and the hint."""
    mixed = samples()["mixed"]
    hint = 'Exec form is a JSON list: ENTRYPOINT ["program", "argument"], in double quotes.'
    result = map_checks(
        mixed.model_copy(
            update={"sections": (mixed.sections[0].model_copy(update={"causes": ()}),)}
        ),
        lambda check: check.model_copy(update={"hint": hint}),
    )
    lines = render_annotations(result, {"04-images-and-containers": "04-images-and-containers"})
    read = list(commands("\n".join(lines)))
    (form,) = [c for c in read if c.properties["title"].startswith("ENTRYPOINT is written in exec")]

    assert form.properties["file"] == "04-images-and-containers/Dockerfile-exec"
    assert form.properties["line"] == "11"
    assert form.properties["title"].endswith("(0/1)")
    assert form.data.splitlines() == [
        "Line 11 of Dockerfile-exec is in shell form.",
        "expected: ENTRYPOINT in exec form; seen: ENTRYPOINT python3 main.py",
        'Exec form is a JSON list: ENTRYPOINT ["program", "argument"], in double quotes.',
    ]


def test_the_most_points_come_first_and_the_rest_is_counted() -> None:
    """GitHub drops what is over its limit without a word."""
    failed = map_checks(
        samples()["model"],
        lambda check: check.model_copy(update={"status": Status.FAILED, "score": 0}),
    )
    read = list(commands("\n".join(render_annotations(failed, {}))))

    assert len(read) == SHOWN
    assert all(command.properties["title"].endswith("(0/2)") for command in read[:6])
    assert read[-1].data == "18 more: the job summary has all of them."
