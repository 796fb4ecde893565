"""The end of a worker after an unexpected error: let the partitions go, leave the group, end the process.

Faust logs and skips an agent's exception, aiokafka logs and ignores a rebalance listener's, and a shutdown can hang
in either. So the process is ended from here, and a watchdog thread ends it even when the event loop stands still.
"""

import asyncio
import logging
import os
import sys
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import NoReturn

import structlog

from tocsin.streams.kafka.refusals import lacking_rights

EXIT_UNEXPECTED = 70
"""EX_SOFTWARE of sysexits.h: a supervisor should start the worker again."""

EXIT_REFUSED = 77
"""EX_NOPERM: starting again does not help, somebody has to grant a right."""

_LEAVING_SECONDS = 5.0
_STEP_SECONDS = 2.0

_log = structlog.get_logger()


def watchdog(seconds: float, code: int) -> threading.Timer:
    """End the process with `code` after `seconds`, unless the timer is cancelled.

    At once and without flushing its output: that could block this thread, too, when the reader of a pipe stands still.
    """
    timer = threading.Timer(seconds, os._exit, [code])
    timer.daemon = True
    timer.start()
    return timer


class Exit:
    """Ends the worker after an unexpected error. `steps` are tried in turn, each with a limit."""

    def __init__(self, steps: Sequence[Callable[[], Awaitable[object]]] = ()) -> None:
        self.steps = steps
        self.leaving = False
        self._task: asyncio.Task[None] | None = None

    def die(self, error: BaseException) -> None:
        """Say why, let go of everything, end: with code 77 where rights are lacking, else with 70.

        Called in the event loop's thread; only the first counts.
        """
        if self.leaving:
            return
        self.leaving = True
        refusal = lacking_rights(error)
        code = EXIT_UNEXPECTED if refusal is None else EXIT_REFUSED
        watchdog(_LEAVING_SECONDS, code)
        if refusal is None:
            _log.critical("unexpected", error=repr(error), exc_info=_without_locals(error))
        else:
            _log.critical("not_permitted", reason=refusal)
            _hush("faust", "mode", "aiokafka")  # what they say in many lines of tracebacks has been said
        self._task = asyncio.ensure_future(self._leave(code))

    async def _leave(self, code: int) -> None:
        for step in self.steps:
            try:
                await asyncio.wait_for(step(), _STEP_SECONDS)
            except Exception as error:  # noqa: BLE001 - on the way out nothing may hold it up
                _log.warning("leaving_step_failed", error=repr(error))
        end(code)


def _hush(*loggers: str) -> None:
    for name in loggers:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def _without_locals(error: BaseException) -> tuple[type[BaseException], BaseException, object]:
    return type(error), error, error.__traceback__


def end(code: int) -> NoReturn:
    """End the process now, whatever still runs in it."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
