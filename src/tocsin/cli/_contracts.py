"""Contracts and tenants as the settings name them, for commands that need no broker."""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._settings import load
from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.render.text import safe
from tocsin.settings import Settings
from tocsin.tenants.directory import TenantDirectory

_Function = Callable[..., Any]

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


_PATHS = {
    "contracts": click.option(
        "--contracts", type=_FOLDER, help="Folder of further contract files.  [setting: contracts_dir]"
    ),
    "tenants": click.option("--tenants", type=_FILE, help="Tenants file, TOML or YAML.  [setting: tenants_file]"),
}


def contract_options(*paths: str) -> Callable[[_Function], _Function]:
    """Call the command with `settings`; the options `paths` name the files of contracts and tenants."""

    def decorate(function: _Function) -> _Function:
        @click.option("--config", envvar="TOCSIN_CONFIG", type=_FILE, help="TOML file of the settings.")
        @functools.wraps(function)
        def with_settings(config: Path | None, **options: Any) -> Any:
            contracts, tenants = options.pop("contracts", None), options.pop("tenants", None)
            given = {"contracts_dir": contracts, "tenants_file": tenants}
            settings = load({name: None if path is None else str(path) for name, path in given.items()}, config)
            return function(settings=settings, **options)

        return functools.reduce(lambda decorated, path: _PATHS[path](decorated), reversed(paths), with_settings)

    return decorate


def library_of(settings: Settings) -> ContractLibrary:
    """All contracts. Raises `CommandError` with one line for each fault of a file."""
    try:
        return ContractLibrary.load(settings.contracts_dir)
    except ContractError as error:
        raise refusal(error) from None


def directory_of(settings: Settings, path: Path | None = None, code: Exit = Exit.USAGE) -> TenantDirectory:
    """The tenants in `path`, by default in the file of the settings. Raises `CommandError` with `code`."""
    library = library_of(settings)
    try:
        return TenantDirectory.from_file(path or settings.tenants_file, library, settings.default_contract)
    except ContractError as error:
        raise refusal(error, code) from None


def refusal(error: ContractError, code: Exit = Exit.USAGE) -> CommandError:
    """The error that ends a command over a wrong file."""
    return CommandError("\n".join(safe(line) for line in str(error).splitlines()), code)
