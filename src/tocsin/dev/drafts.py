"""Drafts of the messages of a simulated shift; each is completed when its minute comes."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from typing import NamedTuple, Protocol

from tocsin.domain.instant import MINUTE, Instant, show, to_datetime
from tocsin.messages.record import Headers, Topic


class Payload(NamedTuple):
    """A message as a sensor, the telephone system or the mail gateway publishes it."""

    value: bytes
    headers: Headers = ()


class ShiftRun(NamedTuple):
    """A run of the shift: `begins` is its minute 0, and makes its ids differ from those of other runs."""

    begins: Instant

    def at(self, minute: float) -> Instant:
        """The instant of a minute of the shift."""
        return self.begins + int(minute * MINUTE)

    def id(self, name: str) -> str:
        """The id of the message, call or mail that the shift knows as `name`."""
        return f"{name}-{self.begins}"


class Draft(Protocol):
    """Makes the message of a run that is published in a minute of it."""

    def __call__(self, run: ShiftRun, minute: float, /) -> Payload:
        """The message of `run` in its `minute`."""
        ...


@dataclass(frozen=True, slots=True)
class Happening:
    """A happening of the shift: its minute, its topic, and a sentence about it."""

    minute: float
    topic: Topic
    says: str
    draft: Draft

    def message(self, run: ShiftRun) -> Payload:
        """The bytes to publish."""
        return self.draft(run, self.minute)


Value = str | Callable[[ShiftRun], str]
"""A field of an event: text, or a function of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDraft:
    """A CloudEvent of our own schema. `happened` is the minute of its event time, if it is recorded later."""

    kind: str
    name: str
    source: str
    data: Mapping[str, Value]
    tenant: str | None = None
    happened: float | None = None

    def __call__(self, run: ShiftRun, minute: float) -> Payload:
        """See `Draft`."""
        event = {
            "specversion": "1.0",
            "id": run.id(self.name),
            "source": self.source,
            "type": f"tocsin.{self.kind}",
            "time": show(run.at(minute if self.happened is None else self.happened)),
            "data": {key: value(run) if callable(value) else value for key, value in self.data.items()},
        }
        if self.tenant is not None:
            event["tenant"] = self.tenant
        return Payload(json.dumps(event).encode())


@dataclass(frozen=True, slots=True)
class Sensed:
    """A real detection of a network sensor, `line` of a file in `samples/`, stamped anew."""

    sample: str
    line: int
    sensor: str

    def __call__(self, run: ShiftRun, minute: float) -> Payload:
        """See `Draft`."""
        event = json.loads(_lines(self.sample)[self.line])
        event["timestamp"] = to_datetime(run.at(minute)).strftime("%Y-%m-%dT%H:%M:%S.%f%z")
        return Payload(json.dumps(event).encode(), (("sensor", self.sensor.encode()),))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawMail:
    """A mail as it came (RFC 5322), without a gateway's help."""

    name: str
    sender: str
    recipient: str
    subject: str
    text: str

    def __call__(self, run: ShiftRun, minute: float) -> Payload:
        """See `Draft`."""
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = self.sender, self.recipient, self.subject
        mail["Message-ID"] = f"<{run.id(self.name)}@{self.sender.partition('@')[2]}>"
        mail["Date"] = format_datetime(to_datetime(run.at(minute)))
        mail.set_content(self.text)
        return Payload(bytes(mail))


@dataclass(frozen=True, slots=True)
class Broken:
    """Bytes that are no message."""

    value: bytes

    def __call__(self, run: ShiftRun, minute: float) -> Payload:
        """See `Draft`."""
        return Payload(self.value)


@cache
def _lines(sample: str) -> list[str]:
    return files("tocsin.dev").joinpath("samples", sample).read_text().splitlines()
