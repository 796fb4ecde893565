"""All contracts and overlays by name: the shipped ones and those of a folder."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Self

from tocsin.contracts.client_zone import ClientZone, client_zone
from tocsin.contracts.compile import NO_OVERRIDES, TenantOverrides, compile_contract
from tocsin.contracts.compose import composed
from tocsin.contracts.errors import ContractError
from tocsin.contracts.lint import errors
from tocsin.contracts.notation.calendar import CalendarSpec
from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.overlay import OverlaySpec, overlay_calendars
from tocsin.contracts.source.loader import parse_contract, parse_spec, read_spec
from tocsin.domain.contract.model import Contract

SCENARIOS = ".scenarios.yaml"
"""The ending of the files with scenarios, which stand beside the contracts that they test."""

PLAIN = "plain"
"""The contract without promises beside which an overlay is shown and tested where no other is named."""


def _names_in(folder: str) -> tuple[str, ...]:
    """The names of the files with YAML in a folder of this package, without those of scenarios."""
    files = resources.files("tocsin.contracts").joinpath(folder).iterdir()
    names = (it.name for it in files if not it.name.endswith(SCENARIOS))
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


SHIPPED = tuple(name for name in _names_in("vendors") if name != PLAIN)
"""The names of the contracts that come with Tocsin."""


class ContractLibrary:
    """Contracts and overlays by name. `get` compiles a contract, with the overlays that hold beside it."""

    def __init__(
        self, contracts: Mapping[str, ContractSpec], overlays: Mapping[str, OverlaySpec] | None = None
    ) -> None:
        """`overlays` are those beside the shipped ones, which are read when they are asked for."""
        self._specs = dict(contracts)
        self._overlays = dict(overlays or {})

    @classmethod
    def load(cls, directory: Path | None) -> Self:
        """The shipped ones and every `*.yaml` of `directory`.

        Raises `ContractError` for a wrong file, and for a name that is taken.
        """
        library = cls({name: _shipped(name) for name in (*SHIPPED, PLAIN)})
        for path in contract_files(directory):
            library = library._having(read_spec(path), path, taken=(*library.names(), *library.overlays()))
        return library

    def with_file(self, path: Path) -> tuple[Self, str]:
        """The same with what is in the file `path`, which takes the place of one of its name and kind; and that name.

        Raises `ContractError` for a wrong file.
        """
        spec = read_spec(path)
        other = self.names() if isinstance(spec, OverlaySpec) else (PLAIN, *self.overlays())
        return self._having(spec, path, taken=other), spec.name

    def _having(self, spec: ContractSpec | OverlaySpec, path: Path, taken: tuple[str, ...]) -> Self:
        if spec.name in taken:
            what = "an overlay" if spec.name in self.overlays() else "a contract"
            raise ContractError(f"{path.name}: there is {what} {spec.name!r} already; give this one another name")
        if isinstance(spec, OverlaySpec):
            found = type(self)(self._specs, {**self._overlays, spec.name: spec})
        else:
            found = type(self)({**self._specs, spec.name: spec}, self._overlays)
        if faults := errors(alone(spec)):
            raise ContractError("\n".join(f"{path.name}: {it.where}: {it.text}" for it in faults))
        return found

    def get(self, name: str, overrides: TenantOverrides = NO_OVERRIDES) -> Contract:
        """The compiled contract `name` with `overrides` applied, and their overlays.

        Raises `ContractError` if there is none, or if an overlay contradicts it or another one.
        """
        return composed(self._spec(name), self._named(overrides.overlays), overrides)

    def shown(self, name: str) -> Contract:
        """The contract or the overlay of that name, as `alone` has it. Raises `ContractError` if there is neither."""
        if name in self.overlays():
            return alone(self._overlay(name))
        if name not in self._specs:
            raise ContractError(
                f"there is no contract {name!r}; there is {', '.join((*self.names(), *self.overlays()))}"
            )
        return self.get(name)

    def calendars(self, name: str, overlays: tuple[str, ...] = ()) -> dict[str, CalendarSpec]:
        """The calendars of the contract `name` and of overlays, which must exist, as their files write them."""
        return {**self._spec(name).calendars, **overlay_calendars(self._named(overlays))}

    def client_zone(self, name: str, overrides: TenantOverrides = NO_OVERRIDES, unknown: str = "") -> ClientZone:
        """The time zone that `client` stands for in the contract `name`, or in an overlay beside none."""
        beside = (name,) if name in self.overlays() else overrides.overlays
        base = self._spec(PLAIN if name in self.overlays() else name)
        return client_zone(base, self._named(beside), overrides, unknown)

    def most_urgent(self) -> dict[str, str]:
        """The most urgent priority of each contract by its name."""
        return {name: spec.priorities[0] for name, spec in self._specs.items()}

    def names(self) -> tuple[str, ...]:
        """The names of all contracts, sorted."""
        return tuple(sorted(self._specs))

    def overlays(self) -> tuple[str, ...]:
        """The names of all overlays, sorted."""
        return tuple(sorted({*self._overlays, *shipped_overlays()}))

    def _spec(self, name: str) -> ContractSpec:
        if name in self.overlays():
            raise ContractError(f"{name!r} is an overlay, and holds beside a contract; name it in `overlays`")
        if name not in self._specs:
            raise ContractError(f"there is no contract {name!r}; there is {', '.join(self.names())}")
        return self._specs[name]

    def _named(self, names: tuple[str, ...]) -> Iterator[OverlaySpec]:
        for name in names:
            if name not in self.overlays():
                raise ContractError(f"there is no overlay {name!r}; there is {', '.join(self.overlays())}")
            yield self._overlay(name)

    def _overlay(self, name: str) -> OverlaySpec:
        return self._overlays.get(name) or _shipped_overlay(name)


def alone(spec: ContractSpec | OverlaySpec) -> Contract:
    """The contract, compiled for no tenant; an overlay beside the contract that promises nothing."""
    if isinstance(spec, ContractSpec):
        return compile_contract(spec)
    return composed(_shipped(PLAIN), [spec])


def shipped_text(name: str) -> str:
    """The YAML of a contract that comes with Tocsin."""
    return resources.files("tocsin.contracts").joinpath("vendors", f"{name}.yaml").read_text(encoding="utf-8")


@cache
def _shipped(name: str) -> ContractSpec:
    return parse_contract(shipped_text(name), f"{name}.yaml")


@cache
def shipped_overlays() -> tuple[str, ...]:
    """The names of the overlays that come with Tocsin, each in a file of that name."""
    return _names_in("overlays")


def shipped_overlay_file(name: str) -> Path:
    """The file of an overlay that comes with Tocsin; its scenarios stand beside it."""
    return Path(str(resources.files("tocsin.contracts").joinpath("overlays", f"{name}.yaml")))


@cache
def _shipped_overlay(name: str) -> OverlaySpec:
    path = shipped_overlay_file(name)
    overlay = parse_spec(path.read_text(encoding="utf-8"), path.name)
    if not isinstance(overlay, OverlaySpec):
        raise ContractError(f"{path.name} is no overlay; it needs `kind: overlay`")
    return overlay


def contract_files(directory: Path | None) -> list[Path]:
    """The files of contracts in a folder; none without one. Raises `ContractError` if it does not exist."""
    if directory is None:
        return []
    if not directory.is_dir():
        raise ContractError(f"{directory}: there is no such folder; `contracts_dir` names one with contract files")
    return sorted(path for path in directory.glob("*.yaml") if not path.name.endswith(SCENARIOS))
