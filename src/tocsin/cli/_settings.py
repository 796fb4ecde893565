"""The settings as options of a command."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.settings import TOML_FILE, Settings, SettingsError

_Function = Callable[..., Any]

_config_option = click.option(
    "--config",
    envvar="TOCSIN_CONFIG",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"TOML file of the settings.  [default: {TOML_FILE}, where there is one]",
)


def settings_options(*names: str) -> Callable[[_Function], _Function]:
    """Call the command with `settings`, read from its options, the environment and the TOML file.

    The options are `--config`, `--bootstrap`, `--topic-prefix` and one for each setting in `names`.
    """
    offered = dict.fromkeys(("bootstrap", "topic_prefix", *names))

    def decorate(function: _Function) -> _Function:
        @functools.wraps(function)
        def with_settings(config: Path | None, **options: Any) -> Any:
            command_line = {name: options.pop(name) for name in offered}
            return function(settings=load(command_line, config), **options)

        command: _Function = _config_option(with_settings)
        for name in reversed(offered):
            command = _option(name)(command)
        return command

    return decorate


def load(command_line: dict[str, str | None], config: Path | None) -> Settings:
    """The settings; a wrong one ends the command with a sentence that names it."""
    given = {name: value for name, value in command_line.items() if value is not None}
    try:
        return Settings.load(given, config)
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None


def _option(name: str) -> Callable[[_Function], _Function]:
    """The option of a setting. The settings judge its value, so that a wrong one reads the same from everywhere."""
    field = Settings.model_fields[name]
    default = "" if field.default is None else f"  [default: {field.default}]"
    return click.option(f"--{name.replace('_', '-')}", name, metavar="VALUE", help=f"{field.description}.{default}")
