"""Reads the notify file. Errors name the line; secrets are not read here."""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from tocsin.contracts.errors import Problem
from tocsin.contracts.source.document import Document
from tocsin.contracts.source.loader import SourceDocument, read_text, refuse, validated
from tocsin.contracts.source.toml import TomlDocument
from tocsin.domain.vocabulary import AlertKind
from tocsin.notify.model import ROSTER, NotifySpec, RouteSpec, SmtpSpec
from tocsin.notify.routes import FOLLOWING_KINDS

_REACHES_NOBODY = "a mail sink that a route names needs `to`"


class Finding(NamedTuple):
    """Something in a valid file that may not be meant."""

    about: str
    text: str


def example_text() -> str:
    """The example of a notify file."""
    return files("tocsin.notify").joinpath("notify.example.toml").read_text(encoding="utf-8")


def read_notify(path: Path) -> NotifySpec:
    """The notify file. Raises `ContractError` with a line for each fault."""
    return parse_notify(read_text(path), path)


def parse_notify(text: str, path: Path) -> NotifySpec:
    """As `read_notify`, from the text of the file `path`."""
    yaml = path.suffix in (".yaml", ".yml")
    document: SourceDocument = Document(text, path.name) if yaml else TomlDocument(text, path.name)
    spec = validated(NotifySpec, document)
    refuse(document, _problems(spec))
    return spec


def uses_roster(spec: NotifySpec) -> bool:
    """Returns whether a route sends to whoever carries a role."""
    return any(ROSTER in route.to for route in spec.routes)


def findings(spec: NotifySpec, roster_sinks: Sequence[str] = ()) -> Iterator[Finding]:
    """What is probably not meant. `roster_sinks`: the sinks that the roster reaches people by."""
    named = {name for route in spec.routes for name in route.to} | set(roster_sinks)
    for name in spec.sinks.keys() - named:
        yield Finding(name, "no route and nobody's `reach` names this sink: nothing goes there")
    for name in sorted(set(roster_sinks) - spec.sinks.keys()):
        yield Finding(name, "the roster reaches people by this sink, which is not there")
    told = {kind for route in spec.routes for kind in route.kinds or AlertKind}
    for kind in AlertKind:
        if kind not in told | FOLLOWING_KINDS:
            yield Finding(kind, "no route sends alerts of this kind anywhere")
    if spec.deadman is None:
        yield Finding("deadman", "nobody outside notices if all of this is gone")


def _problems(spec: NotifySpec) -> Iterator[Problem]:
    for number, route in enumerate(spec.routes):
        for name in route.to:
            yield from (((("routes", number, "to"), what)) for what in _wrong(name, spec))
        if route.role and ROSTER not in route.to:
            yield ("routes", number, "role"), f"`role` means nothing where `to` has no `{ROSTER}`"
        yield from _needless(number, route)


def _wrong(name: str, spec: NotifySpec) -> Iterator[str]:
    sink = spec.sinks.get(name)
    if name != ROSTER and sink is None:
        yield f"there is no sink {name!r}; there is {', '.join([*spec.sinks, ROSTER])}"
    if isinstance(sink, SmtpSpec) and not sink.to:
        yield f"{name!r}: {_REACHES_NOBODY}"


def _needless(number: int, route: RouteSpec) -> Iterator[Problem]:
    for kind in route.kinds:
        if kind in FOLLOWING_KINDS:
            yield ("routes", number, "kinds"), f"`{kind}` goes wherever its incident was told, and needs no route"
