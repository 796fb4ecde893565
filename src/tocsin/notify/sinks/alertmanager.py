"""Alertmanager, API v2. What is open is sent again and again, as Prometheus does, so that it does not expire there.

Each trigger of an incident that differs in what people route by (its kind, priority, role, tier) is an alert of its own
there; all of them end with the incident.
"""

import asyncio
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import nullcontext
from typing import Any

import msgspec
import structlog

from tocsin.domain.instant import SECOND, Instant, show
from tocsin.domain.vocabulary import PagingAction
from tocsin.harmless import harmless
from tocsin.notify.alert import Alert, Received
from tocsin.notify.message import Message, message_of
from tocsin.notify.model import AlertmanagerSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import SinkError
from tocsin.notify.sinks.http import http_session, post

_AT_A_TIME = 500
_PATH = "/api/v2/alerts"

_log = structlog.get_logger()

Labels = tuple[tuple[str, str], ...]


class AlertmanagerSink:
    """See `KeepingSink`."""

    gathers = True
    actions = frozenset({PagingAction.TRIGGER.value, PagingAction.RESOLVE.value})  # it knows no acknowledgement

    def __init__(self, name: str, spec: AlertmanagerSpec, secrets: Secrets) -> None:
        """Raises `SettingsError`."""
        self._name = name
        self._spec = spec
        self._url = secrets.url(spec.url, f"sinks.{name}.url").rstrip("/") + _PATH
        token = secrets.value(spec.token, f"sinks.{name}.token") if spec.token else None
        self._session = http_session(spec.at_once, {"Authorization": f"Bearer {token}"} if token else None)
        self._open: dict[str, dict[Labels, Received]] = {}
        self._telling = asyncio.Lock()  # an end that overtakes what is told again would be undone by it

    async def send(self, message: Message) -> None:
        """See `Sink`."""
        ends = any(each.alert.data.action != PagingAction.TRIGGER for each in message.alerts)
        async with self._telling if ends else nullcontext():
            now = int(time.time() * SECOND)
            posted = [posted for each in message.alerts for posted in self._posted(each, now)]
            await post(self._session, self._url, msgspec.json.encode(posted))
            for each in message.alerts:
                self._note(each)

    async def close(self) -> None:
        """See `Sink`."""
        await self._session.close()

    def restore(self, triggers: Iterable[Received]) -> None:
        """See `KeepingSink`."""
        for each in triggers:
            self._note(each)

    def release(self, partition: int) -> None:
        """See `KeepingSink`."""
        for key, alerts in list(self._open.items()):
            if any(each.place.partition == partition for each in alerts.values()):
                del self._open[key]

    async def end(self, dedup_keys: Collection[str]) -> None:
        """See `KeepingSink`."""
        async with self._telling:
            now = int(time.time() * SECOND)
            over = [each for key in dedup_keys for each in self._open.pop(key, {}).values()]
            if over:
                await self._post_unasked([alertmanager_alert(each, ends_at=now) for each in over])

    async def tend(self) -> None:
        """See `KeepingSink`."""
        while True:
            await self._tell_again()
            await asyncio.sleep(self._spec.resend / SECOND)

    async def _tell_again(self) -> None:
        keys = list(self._open)
        for begin in range(0, len(keys), _AT_A_TIME):
            async with self._telling:
                now = int(time.time() * SECOND)
                told = [each for key in keys[begin : begin + _AT_A_TIME] for each in self._open.get(key, {}).values()]
                if told and not await self._post_unasked([self._firing(each, now) for each in told]):
                    return

    async def _post_unasked(self, alerts: list[dict[str, Any]]) -> bool:
        try:
            async with asyncio.timeout(self._spec.timeout / SECOND):
                await post(self._session, self._url, msgspec.json.encode(alerts))
        except (SinkError, TimeoutError) as error:
            _log.warning("not_told_again", sink=self._name, open=len(self._open), error=type(error).__name__)
            return False
        return True

    def _posted(self, received: Received, now: Instant) -> Iterator[dict[str, Any]]:
        if received.alert.data.action == PagingAction.TRIGGER:
            yield self._firing(received, now)
            return
        for each in self._open.get(received.alert.data.dedup_key, {}).values():
            yield alertmanager_alert(each, ends_at=now)

    def _firing(self, received: Received, now: Instant) -> dict[str, Any]:
        return alertmanager_alert(received, ends_at=now + self._spec.keep)

    def _note(self, received: Received) -> None:
        key = received.alert.data.dedup_key
        if received.alert.data.action == PagingAction.TRIGGER:
            self._open.setdefault(key, {})[_labels(received.alert)] = received
        else:
            self._open.pop(key, None)


def alertmanager_alert(received: Received, ends_at: Instant) -> dict[str, Any]:
    """The alert as Alertmanager takes it."""
    message = message_of([received])
    return {
        "labels": dict(_labels(received.alert)),
        "annotations": {"summary": message.subject, "description": message.text, "alert": received.alert.id},
        "startsAt": received.alert.time,
        "endsAt": show(ends_at),
    }


def _labels(alert: Alert) -> Labels:
    data = alert.data
    found = {
        "alertname": data.objective or data.kind,
        "kind": data.kind,
        "tenant": data.tenant,
        "ticket": data.number,
        "priority": data.priority,
        "tier": None if data.tier is None else str(data.tier),
        "role": data.role,
        "tlp": data.tlp,
        "dedup_key": data.dedup_key,
    }
    return tuple((name, harmless(value)) for name, value in found.items() if value)
