"""`grader explain`: prints a cause's page, lists them all, and names the nearest."""

from click.testing import CliRunner

from grader.cli.main import cli
from grader.judge.causes import all_ids, page_of


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
