"""Silences as a table for people, and as JSON for machines."""

from collections.abc import Iterable
from typing import Any

import msgspec
from rich.table import Table

from tocsin.domain.events.silence import Match
from tocsin.domain.instant import show
from tocsin.domain.state.silences import Silence
from tocsin.render.table import cell


def document(tenant: str, silence: Silence) -> dict[str, Any]:
    """A silence of `tenant` for machines; times are RFC 3339."""
    return {
        "tenant": tenant,
        "silence": silence.name,
        "state": "in force" if silence.begun else "planned",
        "begins_at": show(silence.begins_at),
        "until": show(silence.until),
        "by": silence.by,
        "reason": silence.reason,
        "match": msgspec.to_builtins(silence.match),
        "swallowed": silence.swallowed,
    }


def silence_table(found: Iterable[tuple[str, Silence]]) -> Table:
    """One row for each silence, with its tenant."""
    table = Table("tenant", "silence", "state", "from", "until", "about", "swallowed", "by", "reason")
    for tenant, silence in found:
        told = document(tenant, silence)
        about = in_words(silence.match)
        names = ("tenant", "silence", "state", "begins_at", "until")
        table.add_row(
            *map(cell, (*(told[name] for name in names), about, silence.swallowed, silence.by)), cell(silence.reason)
        )
    return table


def in_words(match: Match) -> str:
    """What a silence is about: `kinds detection; sources ids-7`."""
    named = {name: value for name, value in msgspec.structs.asdict(match).items() if value}
    return "; ".join(f"{name} {', '.join(value)}" for name, value in named.items()) or "all that may be silenced"
