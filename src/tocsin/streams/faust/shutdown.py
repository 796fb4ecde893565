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
from typing import NamedTuple, NoReturn

import structlog
from aiokafka.errors import KafkaError

from tocsin.engine.rules import OtherRules
from tocsin.engine.snapshot import SnapshotTooNew
from tocsin.messages.inbox import InboxRecordUnreadable
from tocsin.messages.partitioning import MisplacedError
from tocsin.settings import Settings
from tocsin.streams.core.port import DamagedError, FencedError
from tocsin.streams.kafka.group import InstanceInUseError
from tocsin.streams.kafka.placement import REMEDY
from tocsin.streams.kafka.refusals import lacking_rights, refused_setting

EXIT_UNEXPECTED = 70
"""EX_SOFTWARE of sysexits.h: a supervisor should start the worker again."""

EXIT_REFUSED = 77
"""EX_NOPERM: starting again does not help, somebody has to grant a right."""

EXIT_CONFIGURATION = 78
"""EX_CONFIG: starting again does not help, somebody has to change a setting, here or on the brokers."""

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


class _Verdict(NamedTuple):
    """The end of the process; `reason` is None for an unexpected error."""

    code: int
    event: str
    reason: str | None = None


class Shutdown:
    """Ends the worker after an error. `steps` are tried in turn, each with a limit.

    The exit code is 77 where rights are lacking, 78 where a setting must be changed, else 70. `explain` may find, for
    an error that does not say so itself, that it comes from a setting.
    """

    def __init__(self, settings: Settings) -> None:
        self.steps: Sequence[Callable[[], Awaitable[object]]] = ()
        self.explain: Callable[[], Awaitable[BaseException | None]] = _nothing
        self.leaving = False
        self._settings = settings
        self._task: asyncio.Task[None] | None = None

    def die(self, error: BaseException) -> None:
        """Say why, let go of everything, end. Called in the event loop's thread; only the first error counts."""
        if self.leaving:
            return
        self.leaving = True
        verdict = self._judge(error)
        watchdog(_LEAVING_SECONDS, verdict.code)
        explicable = verdict.reason is None and isinstance(error, FencedError | KafkaError)
        if not explicable:
            _say(error, verdict)
        self._task = asyncio.ensure_future(self._leave(error, None if explicable else verdict))

    def _judge(self, error: BaseException) -> _Verdict:
        if (refusal := lacking_rights(error)) is not None:
            return _Verdict(EXIT_REFUSED, "not_permitted", refusal)
        if isinstance(error, InstanceInUseError):
            return _Verdict(EXIT_CONFIGURATION, "instance_in_use", str(error))
        if (refusal := refused_setting(error, self._settings)) is not None:
            return _Verdict(EXIT_CONFIGURATION, "setting_refused", refusal)
        if isinstance(error, MisplacedError):
            return _Verdict(EXIT_CONFIGURATION, "partitions_changed", f"{error} {REMEDY}")
        if isinstance(error, DamagedError):
            return _Verdict(EXIT_UNEXPECTED, "log_damaged", str(error))
        if isinstance(error, InboxRecordUnreadable | OtherRules | SnapshotTooNew):
            return _Verdict(EXIT_UNEXPECTED, "another_release_goes_on", str(error))
        return _Verdict(EXIT_UNEXPECTED, "unexpected")

    async def _leave(self, error: BaseException, verdict: _Verdict | None) -> None:
        if verdict is None:
            verdict = self._judge(await self._explained() or error)
            _say(error, verdict)
        for step in self.steps:
            try:
                await asyncio.wait_for(step(), _STEP_SECONDS)
            except Exception as failure:  # noqa: BLE001 - on the way out nothing may hold it up
                _log.warning("leaving_step_failed", error=repr(failure))
        end(verdict.code)

    async def _explained(self) -> BaseException | None:
        """The error behind the error, if it is found in time: the first one must be told in any case."""
        try:
            return await asyncio.wait_for(self.explain(), _STEP_SECONDS)
        except Exception as failure:  # noqa: BLE001 - as for the steps
            _log.warning("leaving_step_failed", error=repr(failure))
            return None


async def _nothing() -> None:
    """Explain nothing."""


def _say(error: BaseException, verdict: _Verdict) -> None:
    if verdict.reason is None:
        _log.critical(verdict.event, error=repr(error), exc_info=_without_locals(error))
        return
    _log.critical(verdict.event, reason=verdict.reason)
    _hush("faust", "mode", "aiokafka")  # what they say in many lines of tracebacks has been said


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
