"""PagerDuty, Events API v2: the incidents of Tocsin are its incidents, by their `dedup_key`."""

from hashlib import sha256
from typing import Any

import msgspec

from tocsin.domain.vocabulary import PagingAction
from tocsin.notify.alert import Alert
from tocsin.notify.message import Message
from tocsin.notify.model import PagerDutySpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.http import http_session, post

_KEY_LENGTH_MAX = 255
_SUMMARY_LENGTH_MAX = 1024
_SEVERITIES = {"p1": "critical", "critical": "critical", "p2": "error", "high": "error"}
_SEVERITIES |= {"p3": "warning", "medium": "warning", "p4": "info", "low": "info", "p5": "info"}


class PagerDutySink:
    """See `Sink`."""

    gathers = False  # one event opens, takes or closes one incident
    actions = frozenset({PagingAction.TRIGGER.value, PagingAction.ACKNOWLEDGE.value, PagingAction.RESOLVE.value})

    def __init__(self, name: str, spec: PagerDutySpec, secrets: Secrets) -> None:
        """Raises `SettingsError`."""
        self._url = secrets.url(spec.url, f"sinks.{name}.url")
        self._key = secrets.value(spec.key, f"sinks.{name}.key")
        self._session = http_session(spec.at_once)

    async def send(self, message: Message) -> None:
        """See `Sink`."""
        event = {"routing_key": self._key, **event_of(message)}
        await post(self._session, self._url, msgspec.json.encode(event))

    async def close(self) -> None:
        """See `Sink`."""
        await self._session.close()


def event_of(message: Message) -> dict[str, Any]:
    """The event without its routing key."""
    alert = message.first.alert
    key = pagerduty_key(alert.data.dedup_key)
    if alert.data.action != PagingAction.TRIGGER:
        return {"event_action": alert.data.action, "dedup_key": key}
    return {
        "event_action": "trigger",
        "dedup_key": key,
        "client": "Tocsin",
        "payload": {
            "summary": message.subject[:_SUMMARY_LENGTH_MAX],
            "source": alert.data.tenant,
            "severity": _SEVERITIES.get((alert.data.priority or "").lower(), "error"),
            "timestamp": alert.time,
            "group": alert.data.number or alert.data.tenant,
            "class": alert.data.kind,
            "custom_details": _details(alert, message),
        },
    }


def pagerduty_key(dedup_key: str) -> str:
    """The incident's key, in the length that PagerDuty takes."""
    if len(dedup_key) <= _KEY_LENGTH_MAX:
        return dedup_key
    return sha256(dedup_key.encode()).hexdigest()


def _details(alert: Alert, message: Message) -> dict[str, Any]:
    found = {"alert": alert.id, "text": message.text, "role": alert.data.role, "link": message.link}
    return {name: value for name, value in found.items() if value}
