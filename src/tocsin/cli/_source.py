"""The argument of commands that read a log: of a cluster, or of files."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tocsin.cli._kafka import in_a_sentence
from tocsin.cli._settings import settings_options
from tocsin.settings import Settings

_Function = Callable[..., Any]

_file = click.argument("file", required=False, metavar="[FILE]", type=click.Path(exists=True, path_type=Path))


def source_argument(*names: str) -> Callable[[_Function], _Function]:
    """Call the command with `spec`, from which `opened_source` reads, and with `settings`.

    FILE is a recorded file or the folder of an export; without it the records are those of the cluster. What goes wrong
    with either ends the command with one sentence. `names` are further settings that are options.
    """

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def with_spec(file: Path | None, settings: Settings, **options: Any) -> Any:
            with in_a_sentence():
                return function(spec=file or _plain(settings), settings=settings, **options)

        return _file(settings_options(*names)(with_spec))

    return decorate


def _plain(settings: Settings) -> Settings:
    """The same settings, to be given to another process: the class that `load` has made is not known there."""
    return Settings.model_construct(**settings.model_dump())
