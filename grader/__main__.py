"""The entry point: `grader`, and `python -m grader`."""

import sys


def main() -> None:
    """Run the command line; an interruption while it is still being loaded ends quietly too."""
    try:
        from grader.cli import main  # noqa: PLC0415 - loading it is what may be interrupted
    except KeyboardInterrupt:
        sys.exit(130)
    main.main()


if __name__ == "__main__":
    main()
