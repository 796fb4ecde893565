"""Reads the roster file and its calendars, from disk and from the web."""

import asyncio
from pathlib import Path

import aiohttp

from tocsin.contracts.errors import ContractError
from tocsin.contracts.source.loader import read_text
from tocsin.roster.file import RosterFile
from tocsin.roster.roster import Roster

_CALENDAR_BYTES_MAX = 1_048_576
_SECONDS_MAX = 10.0


async def read_roster(path: Path) -> Roster:
    """The roster in the file `path`. Raises `ContractError` with what is wrong in which line, or cannot be had."""
    file = RosterFile(await asyncio.to_thread(read_text, path), path)
    return file.roster({place: await _calendar(place, path) for place in file.calendars})


async def _calendar(place: str, path: Path) -> str:
    if not place.startswith(("https:", "http:")):
        return await asyncio.to_thread(read_text, path.parent / place)
    try:
        async with (
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
