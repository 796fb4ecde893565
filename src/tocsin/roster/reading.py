"""Reads the roster file and its calendars, from disk and from the web."""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import aiohttp
import msgspec

from tocsin.contracts.errors import ContractError
from tocsin.contracts.source.loader import read_text
from tocsin.roster.calendar import shown
from tocsin.roster.file import RosterFile
from tocsin.roster.roster import Roster

_CALENDAR_BYTES_MAX = 1_048_576
_SECONDS_MAX = 10.0
_AT_ONCE = 8


class Texts(NamedTuple):
    """What a roster is made of: the text of its file, and of each calendar by its place."""

    file: str
    calendars: dict[str, str]


class KnownRoster(NamedTuple):
    """A roster, its identity, which is the SHA-256 of what it was made of, and that."""

    roster: Roster
    identity: str
    texts: Texts


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
    return _known(file, Texts(text, calendars))


def write_kept(kept: Path, known: KnownRoster) -> None:
    """Keep in the file `kept`, which is replaced, what `known` was made of. Raises `OSError`."""
    new = kept.with_name(kept.name + ".new")
    new.touch(mode=0o600)  # it has people's addresses
    new.write_bytes(msgspec.json.encode(known.texts))
    new.replace(kept)


def read_kept(kept: Path, path: Path) -> KnownRoster:
    """The roster that `write_kept` has kept of the file `path`. Raises `ContractError`."""
    try:
        texts = msgspec.json.decode(kept.read_bytes(), type=Texts)
        return _known(RosterFile(texts.file, path), texts)
    except (OSError, msgspec.DecodeError, KeyError) as error:
        raise ContractError(f"{kept}: holds no roster: {error}") from None


def _known(file: RosterFile, texts: Texts) -> KnownRoster:
    return KnownRoster(file.roster(texts.calendars), _identity(texts), texts)


def _identity(texts: Texts) -> str:
    digest = sha256()
    calendars = texts.calendars
    for part in (texts.file, *(part for place in sorted(calendars) for part in (place, calendars[place]))):
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
                raise ContractError(f"{shown(place)}: answers with status {answer.status}")
            content = b""
            async for chunk in answer.content.iter_any():
                content += chunk
                if len(content) > _CALENDAR_BYTES_MAX:
                    raise ContractError(
                        f"{shown(place)}: is longer than {_CALENDAR_BYTES_MAX} bytes; no such calendar is meant"
                    )
    except (aiohttp.ClientError, TimeoutError) as error:
        raise ContractError(f"{shown(place)}: cannot be had: {type(error).__name__}") from None
    return content.decode("utf-8", "replace")
