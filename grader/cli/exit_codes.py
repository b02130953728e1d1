"""The exit codes of every command; 0 is a command that did what it was asked for."""

EXIT_BELOW = 1  # below --min-score, or a difference where one was asked for
EXIT_USAGE = 2  # the command line, a path, a spec or a submission cannot be used
EXIT_ENGINE = 3  # the engine or the grader failed, and something was not graded
EXIT_INTERRUPTED = 130
