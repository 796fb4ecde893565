"""The end of a command: exit codes, and the error that carries one."""

from enum import IntEnum

import click


class Exit(IntEnum):
    """Exit codes, the same for every command."""

    OK = 0
    FAILED = 1  # the request was refused, or names something that does not exist
    USAGE = 2  # the command line, a setting or a file is wrong (click's own code for that)
    NO_ANSWER = 3  # no answer came in time; it may still come
    UNJUDGED = 4  # nothing that was checked is wrong, and not all that was asked for could be checked
    UNAVAILABLE = 69  # the broker cannot be reached (EX_UNAVAILABLE of sysexits.h)
    UNEXPECTED = 70  # an unexpected error of a worker, which should be started again (EX_SOFTWARE)
    REFUSED = 77  # the broker is not trusted, or does not know or permit us (EX_NOPERM)
    CONFIGURATION = 78  # the cluster's topics are unusable, or it refuses a setting (EX_CONFIG)


class CommandError(click.ClickException):
    """Ends the command with `Error: <message>` on standard error and the exit code `code`."""

    def __init__(self, message: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(message)
        self.exit_code = code
