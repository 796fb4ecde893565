"""A signed webhook (the Standard Webhooks specification): JSON with the alerts as they stand on the topic.

The signature covers id, time and body, so a receiver that checks it, refuses what is older than five minutes and
remembers the ids of five minutes cannot be shown a message twice.
"""

import base64
import binascii
import hmac
import time
from hashlib import sha256

import msgspec

from tocsin.domain.vocabulary import PagingAction
from tocsin.notify.message import Message
from tocsin.notify.model import WebhookSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.http import http_session, post
from tocsin.settings import SettingsError

_PREFIX = "whsec_"
_SECRET_LENGTH_MIN = 16


class WebhookSink:
    """See `Sink`."""

    gathers = True
    actions = frozenset(action.value for action in PagingAction)

    def __init__(self, name: str, spec: WebhookSpec, secrets: Secrets) -> None:
        """Raises `SettingsError`."""
        self._url = secrets.url(spec.url, f"sinks.{name}.url")
        self._key = signing_key(secrets.value(spec.secret, f"sinks.{name}.secret"), f"sinks.{name}.secret")
        self._session = http_session(spec.at_once)

    async def send(self, message: Message) -> None:
        """See `Sink`."""
        body = webhook_body(message)
        stamp = int(time.time())
        headers = {
            "webhook-id": message.id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(self._key, message.id, stamp, body),
            "Idempotency-Key": message.id,
        }
        await post(self._session, self._url, body, headers)

    async def close(self) -> None:
        """See `Sink`."""
        await self._session.close()


def signing_key(secret: str, name: str) -> bytes:
    """The key in `secret`: base64 behind `whsec_`, or the text itself. Raises `SettingsError`."""
    if len(secret) < _SECRET_LENGTH_MIN:
        raise SettingsError(f"{name} is easily guessed: take {_SECRET_LENGTH_MIN} characters or more.")
    if not secret.startswith(_PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except binascii.Error:
        raise SettingsError(f"{name} begins with {_PREFIX}, and what follows is not base64.") from None


def signature(key: bytes, message_id: str, stamp: int, body: bytes) -> str:
    """The header `webhook-signature` for `body`."""
    signed = f"{message_id}.{stamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, sha256).digest()).decode()


def webhook_body(message: Message) -> bytes:
    """The JSON that is sent."""
    return msgspec.json.encode(
        {
            "type": "tocsin.notification",
            "id": message.id,
            "digest": message.digest,
            "to": message.to,
            "subject": message.subject,
            "text": message.text,
            "link": message.link,
            "alerts": [msgspec.Raw(each.raw) for each in message.alerts],
        }
    )
