"""The command line: lists the commands, and gives every ending one message and an exit code."""

import errno
import importlib
import keyword
import signal
import sys
import tempfile
import traceback
from typing import cast

import click

from grader.cli.common import EXIT_ENGINE, EXIT_INTERRUPTED, EXIT_USAGE
from grader.core.errors import EngineError, GraderError, UsageError
from grader.core.text import inert, visible
from grader.core.version import grader_version

# Each command, in the order of `grader --help`, and the module in `grader/cli/` that has it.
_MODULES = {
    "check": "check",
    "ci": "ci",
    "grade": "grade",
    "rejudge": "rejudge",
    "mark": "mark",
    "report": "report",
    "diff": "diff",
    "export": "export",
    "import": "import_",
    "prepare": "prepare",
    "doctor": "doctor",
    "clean": "clean",
    "lint": "lint",
    "release": "release",
    "notebook": "notebook",
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


class _Commands(click.Group):
    """Loads a command when it is asked for: nobody waits for the libraries of the others."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(_MODULES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _MODULES:
            return None
        module = importlib.import_module(f"grader.cli.{_MODULES[cmd_name]}")
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        return cast("click.Command", getattr(module, name))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(grader_version(), prog_name="grader")
def cli() -> None:
    """Build what was written, watch how it behaves, and say what it is worth."""


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
    with tempfile.NamedTemporaryFile("w", prefix="grader-", suffix=".log", delete=False) as log:
        log.write(f"grader {grader_version()}, Python {sys.version}\n{traceback.format_exc()}")
    click.echo(
        f"The grader itself failed; this is not your fault. Send {log.name} to the course.",
        err=True,
    )


def _complain(error: GraderError) -> None:
    click.echo(inert(visible(str(error), keep="\n")), err=True)
