"""`grader explain`: prints a cause's page, lists them all, and names the nearest."""

from dataclasses import replace

from click.testing import CliRunner

from grader.cli.main import cli
from grader.judge.causes import all_ids, page_of
from grader.judge.check_page import check_page
from grader.spec.assignment import Assignment


def test_it_prints_the_page_of_a_cause() -> None:
    """As docs/causes.md has it."""
    name = all_ids()[0][0]
    done = CliRunner().invoke(cli, ["explain", name])

    assert done.exit_code == 0
    assert done.output == page_of(name)


def test_without_a_cause_it_lists_them() -> None:
    """Each with its title."""
    done = CliRunner().invoke(cli, ["explain"])

    assert [line.split()[0] for line in done.output.splitlines()] == [name for name, _ in all_ids()]


def test_an_unknown_cause_is_answered_with_the_nearest() -> None:
    """Wrong use, in one line."""
    done = CliRunner().invoke(cli, ["explain", "cmd-mising"])

    assert "cmd-missing" in str(done.exception)


def test_it_explains_a_check(lab: Assignment) -> None:
    """By its lab and id: what has to be there, what comes before it, a command that shows it."""
    done = CliRunner().invoke(cli, ["explain", "04/exec-runs"])

    assert done.exit_code == 0
    assert done.output.startswith("# the container keeps running the provided main.py\n")
    assert "only when this is right: Dockerfile-exec builds from an allowed base" in done.output
    assert "docker build -t exec -f Dockerfile-exec . && docker run" in done.output
    assert CliRunner().invoke(cli, ["explain", f"{lab.id}/exec-runs"]).output == done.output


def test_every_check_has_a_page(labs: tuple[Assignment, ...]) -> None:
    """Also those whose words depend on what was seen."""
    for lab in labs:
        for check in lab.checks:
            assert check.title in check_page(lab, check, "grader")


def test_hints_come_in_levels(lab: Assignment) -> None:
    """The first by default; the page says that there are more."""
    check = replace(lab.checks[0], hints=("Look.", "Look closer.", "Look here."))

    first = check_page(lab, check, "./check")
    last = check_page(lab, check, "./check", 3)

    assert "Look." in first
    assert "Look closer." not in first
    assert f"./check explain {lab.id}/{check.id} --hint 2" in first
    assert "Look here." in last
    assert "further hint" not in last
