"""The options of commands that change the log or give it away: who does it, and why."""

from collections.abc import Callable
from typing import Any

import click

_Function = Callable[..., Any]

operator_option = click.option(
    "--operator", envvar=["USER", "LOGNAME"], required=True, help="Who does it.  [default: $USER]"
)
"""Call the command with `operator`."""


def operation_options(function: _Function) -> _Function:
    """Call the command with `reason` and `operator`, which it records in the log."""
    why = click.option("--reason", required=True, help="Why; it is recorded in the log.")
    return why(operator_option(function))
