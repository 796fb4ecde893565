"""Reads the roster file and its calendars, from disk and from the web."""

import asyncio
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import aiohttp

from tocsin.contracts.errors import ContractError
from tocsin.contracts.source.loader import read_text
from tocsin.roster.file import RosterFile
from tocsin.roster.roster import Roster

_CALENDAR_BYTES_MAX = 1_048_576
_SECONDS_MAX = 10.0
_AT_ONCE = 8


class KnownRoster(NamedTuple):
    """A roster and its identity: the SHA-256 of the file and of the calendars that it was made of."""

    roster: Roster
    identity: str


async def read_roster(path: Path) -> Roster:
    """The roster in the file `path`. Raises `ContractError` with what is wrong in which line, or cannot be had."""
    return (await read_known(path)).roster


async def read_known(path: Path) -> KnownRoster:
    """As `read_roster`, with the roster's identity."""
    text = await asyncio.to_thread(read_text, path)
    file = RosterFile(text, path)
    slots = asyncio.Semaphore(_AT_ONCE)
    places = list(dict.fromkeys(file.calendars))
    calendars = dict(zip(places, await asyncio.gather(*(_calendar(it, path, slots) for it in places)), strict=True))
    return KnownRoster(file.roster(calendars), _identity(text, calendars))


def _identity(text: str, calendars: Mapping[str, str]) -> str:
    digest = sha256()
    for part in (text, *(part for place in sorted(calendars) for part in (place, calendars[place]))):
        content = part.encode("utf-8", "surrogateescape")
        digest.update(len(content).to_bytes(8, "big") + content)
    return digest.hexdigest()


async def _calendar(place: str, path: Path, slots: asyncio.Semaphore) -> str:
    if not place.startswith(("https:", "http:")):
        return await asyncio.to_thread(read_text, path.parent / place)
    try:
        async with (
            slots,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS_MAX)) as session,
            session.get(place, allow_redirects=False) as answer,
        ):
            if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
                raise ContractError(f"{place}: answers with status {answer.status}")
            content = b""
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > _CALENDAR_BYTES_MAX:
                    raise ContractError(
                        f"{place}: is longer than {_CALENDAR_BYTES_MAX} bytes; no such calendar is meant"
                    )
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ContractError(f"{place}: cannot be had: {error or type(error).__name__}") from None
    return content.decode("utf-8", "replace")
