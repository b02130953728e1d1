"""The command line: lists the commands, and gives every ending one message and an exit code.

Imports only what `grader --help` needs: the libraries of a command are loaded when it is called.
"""

import copy
import errno
import importlib
import keyword
import shlex
import signal
import sys
from pathlib import Path
from typing import cast

import click

from grader.cli.command_name import (
    as_typed,
    called_by_starter,
    command_name,
    words_for_starter,
)
from grader.cli.exit_codes import EXIT_ENGINE, EXIT_INTERRUPTED, EXIT_USAGE
from grader.core.errors import EngineError, GraderError, UsageError
from grader.core.text import inert, visible
from grader.core.version import grader_version

# Each command, in the order of `grader --help`, with the first sentence of its own help: to list
# them, none of them has to be loaded. A command is in the module of its name.
COMMANDS = {
    "check": (
        "Grade one submission, or of it the labs WHAT names: a folder, a lab, 05, a file of it."
    ),
    "ci": "Grade one submission in GitHub Actions: summary, annotations, step outputs, files.",
    "grade": "Grade a class: every folder in SUBMISSIONS is one submission.",
    "rejudge": "Judge, score and render again from the facts saved in RESULTS; needs no engine.",
    "mark": "Mark free answers by hand. Without an option: list what waits in RESULTS.",
    "report": "Write class.html, class.json and grades.csv again from the results in RESULTS.",
    "diff": "Say who changed from RESULTS_A to RESULTS_B, and why; needs no engine.",
    "export": (
        "Write the grades in RESULTS for another system; the results themselves stay as they are."
    ),
    "feedback": (
        "Give each student's report back: for Moodle, Canvas, GitHub, or as one folder for each."
    ),
    "import": "Make a folder of submissions from SOURCE: clones, or what an LMS lets one download.",
    "prepare": (
        "Get every base image and the scripts' machines once, and measure what a base's shell does."
    ),
    "doctor": "Say what is wrong with this machine and how to mend it.",
    "clean": "Remove what runs left behind, and the build cache. Base images stay.",
    "explain": ("Print the page of CAUSE, or of a check, LAB/CHECK. Without one: list all causes."),
    "lint": (
        "Check every lab, with its notebook, key and solutions; each problem with file and line."
    ),
    "release": (
        "Make the starter repository that students get: no solutions, no keys, no hidden checks."
    ),
    "schema": "Print the JSON Schema of assignment.yaml, key.yaml or course.yaml, for editors.",
    "notebook": "Make each lab's answers.ipynb anew from the questions in its spec.",
}

# What a disk says when it is at its end, and when a path is one that cannot be used.
_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EIO}
_PATH = {
    errno.EACCES,
    errno.EEXIST,
    errno.EISDIR,
    errno.ENAMETOOLONG,
    errno.ENOENT,
    errno.ENOTDIR,
    errno.EPERM,
    errno.EROFS,
}


def _listen(ctx: click.Context, param: click.Parameter, value: int | Path | None) -> None:
    """Show the log as an option asks for it, wherever on the command line it stands."""
    if not value:
        return
    from grader.core import logs  # noqa: PLC0415 - `grader --help` logs nothing

    ctx.find_root().call_on_close(logs.end)
    if param.name == "log":
        logs.listen(file=cast("Path", value))
    else:
        logs.listen(verbosity=cast("int", value))


def _diagnostics() -> list[click.Parameter]:
    """Return the options that every command has: they may stand before or after its name."""
    return [
        click.Option(
            ["-v", "--verbose"],
            count=True,
            expose_value=False,
            callback=_listen,
            help="Say on stderr what is done; -vv in detail.",
        ),
        click.Option(
            ["--log"],
            type=click.Path(path_type=Path, dir_okay=False),
            metavar="FILE",
            expose_value=False,
            callback=_listen,
            help="Add all that is done, in detail, to FILE.",
        ),
    ]


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's
    if value:
        click.echo(f"grader, version {grader_version()}")
        ctx.exit()


class _Commands(click.Group):
    """Loads a command when it is asked for: nobody waits for the libraries of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"grader.cli.{name}")
        command = copy.copy(cast("click.Command", getattr(module, name)))
        command.params = [*command.params, *_diagnostics()]
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; the log begins with what was typed and ends with what went wrong."""
        import logging  # noqa: PLC0415 - see _listen

        from grader.core import logs  # noqa: PLC0415

        log = logging.getLogger(__name__)
        ctx.call_on_close(logs.end)
        logs.begin()
        log.info("grader %s", shlex.join(sys.argv[1:]))
        try:
            return super().invoke(ctx)
        except GraderError as error:
            log.info("ends with %s: %s", type(error).__name__, error)
            raise
        except (click.exceptions.Exit, click.Abort, click.ClickException):
            raise
        except Exception:
            log.exception("the grader itself failed")
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands as click does, without loading a single one."""
        room = formatter.width - 6 - max(map(len, COMMANDS))
        rows = [
            (name, click.Command(name, help=text).get_short_help_str(room))
            for name, text in COMMANDS.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows)


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    params=_diagnostics(),
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def cli() -> None:
    """Build what was written, watch how it behaves, and say what it is worth."""


def main() -> None:
    """Run the command line; every ending has its exit code and, if it is bad, one message."""
    # Whoever ends us politely gets the same clean-up as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        words = sys.argv[1:]
        if called_by_starter():
            words = words_for_starter(words, frozenset(COMMANDS))
        code = cli(words, prog_name=command_name(), standalone_mode=False)
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
    except Exception as error:  # noqa: BLE001 - the last resort: a log instead of a traceback
        code = EXIT_ENGINE
        if isinstance(error, OSError) and error.errno in _DISK | _PATH:
            code = EXIT_USAGE if error.errno in _PATH else EXIT_ENGINE
            _complain(_about_file(error))
        else:
            _log()
    sys.exit(code if isinstance(code, int) else 0)


def _about_file(error: OSError) -> GraderError:
    names = [str(name) for name in (error.filename, error.filename2) if name]
    what = " or ".join(names) if names else "A file"
    todo = "Name another path" if error.errno in _PATH else "Make room, or mend the disk"
    return GraderError(
        f"{what} cannot be read or written ({error.strerror}). Files that were written before are "
        f"whole. {todo}, and run the same command again."
    )


def _log() -> None:
    """Write what was done last, and the traceback, to a file for those who mend the grader."""
    import tempfile  # noqa: PLC0415 - see the module's docstring
    import traceback  # noqa: PLC0415

    from grader.core import logs  # noqa: PLC0415

    head = f"grader {grader_version()}, Python {sys.version}\n"
    text = head + logs.last_lines() + visible(traceback.format_exc(), keep="\n")
    with tempfile.NamedTemporaryFile(
        "w", prefix="grader-", suffix=".log", encoding="utf-8", delete=False
    ) as log:
        log.write(text)
    click.echo(
        f"The grader itself failed; this is not your fault. Send {log.name} to the course.",
        err=True,
    )


def _complain(error: GraderError) -> None:
    click.echo(inert(visible(as_typed(str(error)), keep="\n")), err=True)
