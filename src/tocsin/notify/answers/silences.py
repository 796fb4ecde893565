"""Alertmanager's silences: whoever silences our incident there has taken it here.

A silence counts that names the incident (its label `dedup_key`), as the button beside an alert makes it; one that is
about many things is nobody's word on one of them. Each counts once, and not again when the incident climbs.
"""

import asyncio
from typing import Any, NamedTuple

import aiohttp
import msgspec
import structlog

from tocsin.domain.instant import SECOND
from tocsin.harmless import harmless
from tocsin.notify.answers.desk import AnswerDesk
from tocsin.notify.answers.server import Unanswered
from tocsin.notify.model import AlertmanagerSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import SinkError
from tocsin.notify.sinks.http import http_session, read

_PATH = "/api/v2/silences"
_BYTES_MAX = 4_194_304
_NAME_LENGTH_MAX = 200

_log = structlog.get_logger()


class Silence(NamedTuple):
    """Somebody has silenced an incident."""

    id: str
    dedup_key: str
    by: str


class SilenceWatch:
    """Asks one Alertmanager, as often as what is open is told to it again."""

    def __init__(self, name: str, spec: AlertmanagerSpec, secrets: Secrets, desk: AnswerDesk) -> None:
        """Raises `SettingsError`."""
        self._name = name
        self._spec = spec
        self._url = secrets.url(spec.url, f"sinks.{name}.url").rstrip("/") + _PATH
        self._token = secrets.value(spec.token, f"sinks.{name}.token") if spec.token else None
        self._desk = desk

    async def run(self) -> None:
        """Ask without an end."""
        async with http_session(1, {"Authorization": f"Bearer {self._token}"} if self._token else None) as session:
            while True:
                await asyncio.sleep(self._spec.resend / SECOND)
                await self._look(session)

    async def _look(self, session: aiohttp.ClientSession) -> None:
        try:
            async with asyncio.timeout(self._spec.timeout / SECOND):
                content = await read(session, self._url, _BYTES_MAX)
            for silence in silences(content):
                if await self._desk.elsewhere(
                    silence.dedup_key, self._name, f"{self._name}/silence/{silence.id}", silence.by
                ):
                    _log.info("page_answered", sink=self._name, dedup_key=silence.dedup_key, by=silence.by)
        except (SinkError, TimeoutError, Unanswered) as error:
            _log.warning("silences_not_read", sink=self._name, error=type(error).__name__)


def silences(content: bytes) -> list[Silence]:
    """The silences in the answer of Alertmanager that are active and name one incident of ours."""
    try:
        listed = msgspec.json.decode(content, type=list[dict[str, Any]])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [found for each in listed if (found := _silence(each)) is not None]


def _silence(each: dict[str, Any]) -> Silence | None:
    try:
        if each["status"]["state"] != "active":
            return None
        by = harmless(str(each["createdBy"]))[:_NAME_LENGTH_MAX]
        for matcher in each["matchers"]:
            exact = not matcher["isRegex"] and matcher.get("isEqual", True)
            if matcher["name"] == "dedup_key" and exact and by:
                return Silence(str(each["id"])[:64], str(matcher["value"]), by)
    except (KeyError, TypeError, AttributeError):
        pass
    return None
