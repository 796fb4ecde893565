"""Whatever Apprise speaks. It knows no incidents: it tells people, each message by itself."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

from apprise import Apprise, NotifyFormat, NotifyType

from tocsin.domain.vocabulary import DeliveryFailure, PagingAction
from tocsin.notify.message import Message
from tocsin.notify.model import AppriseSpec
from tocsin.notify.secrets import Secrets
from tocsin.notify.sinks.base import SinkError
from tocsin.settings import SettingsError

_TO = "{to}"
_PLAIN = str.maketrans({"@": "@\u200b", "<": "\u2039", ">": "\u203a", "[": "(", "]": ")", "`": "'", "*": "\u2217"})
"""A stranger's title calls nobody in a chat, and is no link and no markup there."""


class AppriseSink:
    """See `Sink`. Apprise blocks, so it has threads of its own: a slow service holds up no other sink."""

    gathers = True
    actions = frozenset(action.value for action in PagingAction)

    def __init__(self, name: str, spec: AppriseSpec, secrets: Secrets) -> None:
        """Raises `SettingsError`."""
        for talker in ("apprise", "urllib3", "requests"):  # their lines name addresses, which hold secrets
            logging.getLogger(talker).setLevel(logging.CRITICAL)
        self._url = secrets.value(spec.url, f"sinks.{name}.url")
        self._threads = ThreadPoolExecutor(spec.at_once, thread_name_prefix=f"apprise-{name}")
        if not Apprise().add(self._url.replace(_TO, "0000000000")):
            raise SettingsError(f"sinks.{name}.url is no address that Apprise knows.")

    async def send(self, message: Message) -> None:
        """See `Sink`."""
        if message.to is not None and _TO not in self._url:
            raise SinkError(DeliveryFailure.NO_WAY, "the sink's url has no {to}", retryable=False)
        loop = asyncio.get_running_loop()
        if not await loop.run_in_executor(self._threads, self._notify, message):
            raise SinkError(DeliveryFailure.REFUSED, "the service has not taken it", retryable=True)

    def _notify(self, message: Message) -> bool:
        service = Apprise()
        service.add(self._url.replace(_TO, quote(message.to or "", safe="")))
        return bool(
            service.notify(
                body=message.text.translate(_PLAIN),
                title=message.subject.translate(_PLAIN),
                notify_type=_type(message),
                body_format=NotifyFormat.TEXT,
            )
        )

    async def close(self) -> None:
        """See `Sink`."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _type(message: Message) -> NotifyType:
    actions = {each.alert.data.action for each in message.alerts}
    if actions == {PagingAction.RESOLVE.value}:
        return NotifyType.SUCCESS
    return NotifyType.FAILURE if PagingAction.TRIGGER.value in actions else NotifyType.INFO
