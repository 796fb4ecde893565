"""`tocsin board`: the wallboard."""

from contextlib import AsyncExitStack

import click
import structlog

from tocsin.board.access import access_for
from tocsin.board.acting.deeds import Deeds
from tocsin.board.acting.desk import BoardDesk, sender
from tocsin.board.archive import Archive
from tocsin.board.clock import LogTime, Timepiece
from tocsin.board.feed import Fed, connected_feed
from tocsin.board.model import Model
from tocsin.board.parts import Parts
from tocsin.board.pulse import Pulse
from tocsin.board.server import serve
from tocsin.cli._ending import stop_signal, until_stopped
from tocsin.cli._exit import CommandError, Exit
from tocsin.cli._kafka import run
from tocsin.cli._settings import settings_options
from tocsin.dev.scaled_clock import ScaledClock
from tocsin.domain.instant import Instant
from tocsin.logs import configure
from tocsin.settings import Settings, SettingsError
from tocsin.web.server import PortError

_log = structlog.get_logger()


@click.command("board")
@settings_options(
    *("board_host", "board_port", "board_rows", "board_access_file", "board_url", "board_session_hours"),
    *("heartbeat_tick", "log_format"),
)
def command(settings: Settings) -> None:
    """Serve the wallboard until SIGTERM or Ctrl-C: open promises, the next deadline first, live in a browser.

    It reads the topics of state, journal and alerts. Workers do not depend on it, nor it on one of them. Where
    --board-access-file lets somebody act, commands go to soc.desk in the name of whoever has signed in; otherwise it
    writes nothing. What it shows can be chosen in the address (docs/board.md):

    \b
    http://127.0.0.1:8644/?tenant=acme&priority=P1&priority=P2
    http://127.0.0.1:8644/?role=shift+lead&theme=dark

    Exit status: 0 when it was asked to stop; 2 when a setting is wrong; 69 when no broker answers; 77 when the broker
    does not trust or permit us; 1 when a topic is missing, or written by a release that this one cannot read.
    """  # noqa: D301 - click reads the backspace as: do not rewrap
    configure(settings.log_format)
    try:
        run(_serve(settings))
    except SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from None
    except PortError as error:
        raise CommandError(f"{error}. --board-port names another port, 0 takes a free one.", Exit.USAGE) from None


async def _serve(settings: Settings) -> None:
    access = access_for(settings)
    stop = stop_signal()
    time = _time()
    model, pulse = Model(time), Pulse(time, settings.heartbeat_tick)
    async with AsyncExitStack() as stack:
        desk = BoardDesk(Deeds(), sender(settings), time.now) if access.lets_act else None
        fed = Fed(model, pulse, desk.deeds if desk else None)
        feed = await stack.enter_async_context(connected_feed(settings, fed))
        parts = Parts(settings, model, pulse, Archive(settings, model), access, desk)
        address, board = await stack.enter_async_context(serve(parts))
        await stack.enter_async_context(board.beating())
        _log.info("board_started", bootstrap=settings.bootstrap, board=address)
        await until_stopped(feed.run(), stop)
        _log.info("board_stopping")


class _Accelerated:
    """The time of `tocsin dev`, which dates the inbox itself and may run faster than the wall's."""

    def __init__(self, clock: ScaledClock) -> None:
        self._clock = clock

    def now(self) -> Instant:
        """See `Timepiece`."""
        return self._clock.now()

    @property
    def pace(self) -> float:
        """See `Timepiece`."""
        return self._clock.speed if self._clock.seconds_until(self._clock.meets_wall) > 0 else 1.0

    def stands_at(self, stamp: Instant) -> None:
        """Do nothing: the stamps come from this clock."""

    def learn(self, stamp: Instant) -> None:
        """Do nothing, as above."""


def _time() -> Timepiece:
    clock = ScaledClock.from_environment()
    return _Accelerated(clock) if clock else LogTime()
