"""The command line: lists the commands, and gives every ending one message and an exit code."""

import signal
import sys
import tempfile
import traceback

import click

from grader.commands.check import check
from grader.commands.ci import ci
from grader.commands.common import EXIT_ENGINE, EXIT_INTERRUPTED, EXIT_USAGE
from grader.commands.diff import diff
from grader.commands.export import export
from grader.commands.grade import grade
from grader.commands.importing import import_
from grader.commands.lint import lint
from grader.commands.machine import clean, doctor, prepare
from grader.commands.mark import mark
from grader.commands.notebook import notebook
from grader.commands.rejudge import rejudge
from grader.commands.release import release
from grader.commands.report import report
from grader.errors import EngineError, GraderError, UsageError
from grader.pipeline import grader_version
from grader.text import inert, visible

COMMANDS: tuple[click.Command, ...] = (
    check,
    ci,
    grade,
    rejudge,
    mark,
    report,
    diff,
    export,
    import_,
    prepare,
    doctor,
    clean,
    lint,
    release,
    notebook,
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(grader_version(), prog_name="grader")
def cli() -> None:
    """Build what was written, watch how it behaves, and say what it is worth."""


for command in COMMANDS:
    cli.add_command(command)


def main() -> None:
    """Run the command line; every ending has its exit code and, if it is bad, one message."""
    # Whoever ends us politely gets the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        code = cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = EXIT_USAGE
    except UsageError as error:
        _complain(error)
        code = EXIT_USAGE
    except EngineError as error:
        _complain(error)
        code = EXIT_ENGINE
    except (KeyboardInterrupt, click.Abort):
        click.echo("Interrupted; what was started has been taken away.", err=True)
        code = EXIT_INTERRUPTED
    except Exception:  # noqa: BLE001 - the last resort: a log instead of a traceback
        with tempfile.NamedTemporaryFile("w", prefix="grader-", suffix=".log", delete=False) as log:
            log.write(f"grader {grader_version()}, Python {sys.version}\n{traceback.format_exc()}")
        click.echo(
            f"The grader itself failed; this is not your fault. Send {log.name} to the course.",
            err=True,
        )
        code = EXIT_ENGINE
    sys.exit(code if isinstance(code, int) else 0)


def _complain(error: GraderError) -> None:
    click.echo(inert(visible(str(error), keep="\n")), err=True)
