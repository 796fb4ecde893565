"""All contracts by name: the shipped ones and those of a folder."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Self

from tocsin.contracts.client_zone import ClientZone, client_zone
from tocsin.contracts.compile import NO_OVERRIDES, TenantOverrides, compile_contract
from tocsin.contracts.errors import ContractError
from tocsin.contracts.lint import errors
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.contracts.source.loader import parse_contract, read_contract
from tocsin.domain.contract.model import Contract

SHIPPED = ("esentire", "senstar", "sentinelone", "sorb", UNASSIGNED)
"""The names of the contracts that come with Tocsin."""


SCENARIOS = ".scenarios.yaml"
"""The ending of the files with scenarios, which stand beside the contracts that they test."""


class ContractLibrary:
    """Contracts by name. `get` compiles one."""

    def __init__(self, contracts: Mapping[str, ContractSpec]) -> None:
        self._specs = dict(contracts)

    @classmethod
    def load(cls, directory: Path | None) -> Self:
        """The shipped contracts and every `*.yaml` of `directory`.

        Raises `ContractError` for a wrong file, and for a name that is taken.
        """
        contracts = {name: _shipped(name) for name in SHIPPED}
        for path in contract_files(directory):
            contract = _usable(read_contract(path), path)
            if contract.name in contracts:
                raise ContractError(f"{path.name}: there is a contract {contract.name!r} already; give it another name")
            contracts[contract.name] = contract
        return cls(contracts)

    def with_file(self, path: Path) -> tuple[Self, str]:
        """The same with the contract of the file `path`, which takes the place of one of its name; and that name.

        Raises `ContractError` for a wrong file.
        """
        contract = _usable(read_contract(path), path)
        return type(self)({**self._specs, contract.name: contract}), contract.name

    def get(self, name: str, overrides: TenantOverrides = NO_OVERRIDES) -> Contract:
        """The compiled contract `name` with `overrides` applied. Raises `ContractError` if there is none."""
        if name not in self._specs:
            raise ContractError(f"there is no contract {name!r}; there is {', '.join(self.names())}")
        return compile_contract(self._specs[name], overrides)

    def calendars(self, name: str) -> dict[str, CalendarSpec]:
        """The calendars of the contract `name`, which must exist, as its file writes them."""
        return self._specs[name].calendars

    def client_zone(self, name: str, overrides: TenantOverrides = NO_OVERRIDES, unknown: str = "") -> ClientZone:
        """The time zone that `client` stands for in the contract `name`, which must exist."""
        return client_zone(self._specs[name], overrides, unknown)

    def most_urgent(self) -> dict[str, str]:
        """The most urgent priority of each contract by its name."""
        return {name: spec.priorities[0] for name, spec in self._specs.items()}

    def names(self) -> tuple[str, ...]:
        """The names of all contracts, sorted."""
        return tuple(sorted(self._specs))


def _usable(contract: ContractSpec, path: Path) -> ContractSpec:
    if found := errors(compile_contract(contract)):
        raise ContractError("\n".join(f"{path.name}: {it.where}: {it.text}" for it in found))
    return contract


def shipped_text(name: str) -> str:
    """The YAML of a contract that comes with Tocsin."""
    return resources.files("tocsin.contracts").joinpath("vendors", f"{name}.yaml").read_text(encoding="utf-8")


def _shipped(name: str) -> ContractSpec:
    return parse_contract(shipped_text(name), f"{name}.yaml")


def contract_files(directory: Path | None) -> list[Path]:
    """The files of contracts in a folder; none without one. Raises `ContractError` if it does not exist."""
    if directory is None:
        return []
    if not directory.is_dir():
        raise ContractError(f"{directory}: there is no such folder; `contracts_dir` names one with contract files")
    return sorted(path for path in directory.glob("*.yaml") if not path.name.endswith(SCENARIOS))
