"""`tocsin replay topic`: a stretch of the log once more, at its own pace or faster, on the board or as lines."""

import asyncio
import sys
import time as real_time
from collections.abc import Generator, Iterator
from contextlib import AsyncExitStack, ExitStack, contextmanager
from typing import NamedTuple

import click

from tocsin.board.access import access_for
from tocsin.board.parts import Parts
from tocsin.board.replayed.clock import ReplayTime
from tocsin.board.replayed.player import Player
from tocsin.board.replayed.rerun import Rerun
from tocsin.board.server import serve
from tocsin.cli._ending import stop_signal, until_stopped
from tocsin.cli._exit import CommandError, Exit
from tocsin.domain.instant import Instant, to_datetime
from tocsin.messages.record import Record, Topic
from tocsin.recording.reading import RecordSource
from tocsin.recording.source import Spec, opened_source
from tocsin.render.progress import progress
from tocsin.render.text import safe, safe_json
from tocsin.render.timeline import readable
from tocsin.replay import line
from tocsin.replay.fold import Unreplayable
from tocsin.settings import Settings, SettingsError
from tocsin.web.server import PortError

NO_END: Instant = 2**61
_WAIT_SECONDS_MAX = 1.0


class Stretch(NamedTuple):
    """The stretch of the log that is replayed, and how many times as fast as it was."""

    start: Instant
    end: Instant
    speed: float

    @property
    def notice(self) -> str:
        """What stands on every page."""
        until = "" if self.end == NO_END else f" to {_minute(self.end)}"
        fast = "as fast as it was" if self.speed == 1 else f"{self.speed:g} times as fast"
        return f"Replay of {_minute(self.start)}{until} UTC, {fast}: nothing here is happening now."


def _minute(at: Instant) -> str:
    return f"{to_datetime(at):%Y-%m-%d %H:%M}"


def on_the_board(spec: Spec, settings: Settings, stretch: Stretch) -> None:
    """Serve a board that shows the stretch until it is stopped. Raises `CommandError`."""
    if "board_port" not in settings.model_fields_set:
        settings = settings.model_copy(update={"board_port": 0})  # that of the board itself may be taken
    with _playing(spec) as player:
        time = ReplayTime(stretch.start, stretch.end, stretch.speed)
        rerun = Rerun(player, time)
        with progress(f"folding the log up to {_minute(stretch.start)}", None) as advance:
            rerun.begin(advance)
        _require_log(player, stretch)
        try:
            asyncio.run(_serve(rerun, time, settings, stretch))
        except SettingsError as error:
            raise CommandError(str(error), Exit.USAGE) from None
        except PortError as error:
            raise CommandError(f"{error}. --board-port names another port, 0 takes a free one.", Exit.USAGE) from None


async def _serve(rerun: Rerun, time: ReplayTime, settings: Settings, stretch: Stretch) -> None:
    stop, loop = stop_signal(), asyncio.get_running_loop()
    parts = Parts(settings, rerun.model, rerun.pulse, rerun.kept, access_for(settings), notice=stretch.notice)
    async with AsyncExitStack() as stack:
        address, board = await stack.enter_async_context(serve(parts))
        await stack.enter_async_context(board.beating())
        click.echo(stretch.notice)
        click.echo(f"Its board: {address}")
        if sys.stdin.isatty():
            click.echo("Enter pauses it and lets it go on; Ctrl-C ends it.")
            loop.add_reader(sys.stdin, _pause_or_go_on, time)
            stack.callback(loop.remove_reader, sys.stdin)
        time.go_on()
        await until_stopped(rerun.run(), stop)


def _pause_or_go_on(time: ReplayTime) -> None:
    sys.stdin.readline()
    if time.running:
        time.stand()
        click.echo(f"It stands at {to_datetime(time.now()):%Y-%m-%d %H:%M:%S} UTC.")
    else:
        time.go_on()
        click.echo("It goes on.")


def as_lines(spec: Spec, stretch: Stretch, *, as_json: bool) -> None:
    """Print each alert of the stretch when it comes. Raises `CommandError`."""
    with _playing(spec) as player:
        time = ReplayTime(stretch.start, stretch.end, stretch.speed)
        with progress(f"folding the log up to {_minute(stretch.start)}", None) as advance:
            for _ in player.to(stretch.start, advance):
                pass
        _require_log(player, stretch)
        time.go_on()
        while (at := player.next_at) is not None and at <= stretch.end:
            while (seconds := time.seconds_until(at)) > 0:
                real_time.sleep(min(seconds, _WAIT_SECONDS_MAX))
            told = [record for record in player.to(max(at, time.now())) if record.topic is Topic.ALERTS]
            for alert in sorted(told, key=lambda it: it.timestamp):
                click.echo(safe_json(line.write(alert).decode()) if as_json else readable(alert))


@contextmanager
def _playing(spec: Spec) -> Iterator[Player]:
    """The fold over the inbox at `spec`. What goes wrong is a `CommandError`; Ctrl-C ends it."""
    try:
        with opened_source(spec) as source, ExitStack() as stack:
            inboxes = _inboxes(source)
            for records in inboxes.values():
                stack.callback(_close, records)
            yield Player(inboxes)
    except Unreplayable as error:
        raise CommandError(safe(str(error)), Exit.USAGE) from error
    except KeyboardInterrupt:
        return


def _inboxes(source: RecordSource) -> dict[int, Iterator[Record]]:
    partitions = source.partitions(Topic.INBOX)
    if not partitions:
        raise CommandError("There is no inbox in it, and nothing else can be replayed.", Exit.USAGE)
    return {partition: source.records(Topic.INBOX, partition) for partition in partitions}


def _close(records: Iterator[Record]) -> None:
    """End a reading that has not come to its end, while its source is still open."""
    if isinstance(records, Generator):
        records.close()


def _require_log(player: Player, stretch: Stretch) -> None:
    if player.next_at is None and player.clock < stretch.start:
        ended = f"{to_datetime(player.clock):%Y-%m-%dT%H:%M:%SZ}" if player.clock else "before it began"
        raise CommandError(f"The log ends at {ended}, before the stretch that --from names.")
