"""A replay of a recorded afternoon on a board in this process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from unittest.mock import patch

from tests.board.stage import Stage

from tocsin.board.access import access_for
from tocsin.board.parts import Parts
from tocsin.board.replayed.clock import ReplayTime
from tocsin.board.replayed.player import Player
from tocsin.board.replayed.rerun import Rerun
from tocsin.board.server import serve
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Chunk, Record, Topic
from tocsin.settings import Settings

NOTICE = "Replay of 2026-03-03 14:24 UTC, 60 times as fast: nothing here is happening now."


def inbox_of(script: str, folder: Path) -> list[Record]:
    """The inbox of the day that `script` tells."""
    kept = [Record(Topic.INBOX, 0, 0, 1, None, inbox.switch(2, first=True))]
    fold = Shard.fold

    def heard(shard: Shard, records: Iterable[Record]) -> Iterator[Chunk]:
        given = list(records)
        kept.extend(each._replace(offset=each.offset + 1) for each in given)
        return fold(shard, given)

    with patch.object(Shard, "fold", heard):
        Stage.of(script, folder)
    return kept


@asynccontextmanager
async def replayed(records: list[Record], time: ReplayTime) -> AsyncIterator[tuple[str, Rerun]]:
    """The address of a board that replays `records` at that time."""
    rerun = Rerun(Player({0: records}), time)
    rerun.begin(lambda _: None)
    settings = Settings(board_port=0, board_rows=40)
    parts = Parts(settings, rerun.model, rerun.pulse, rerun.kept, access_for(settings), notice=NOTICE)
    async with serve(parts) as (address, board), board.beating():
        task = asyncio.create_task(rerun.run())
        try:
            yield address, rerun
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
