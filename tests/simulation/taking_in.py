"""Judges intake: every input becomes exactly one record of the inbox or one dead letter, in order and unchanged."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec
from tests.simulation.verdict import require

from tocsin.messages.record import Output, Record, Topic

ONCE = "every input becomes one inbox record or one dead letter"
RIGHTLY = "intake takes what is sound and nothing else"
UNCHANGED = "the inbox says what was published"
AT_HOME = "a tenant's inputs stand in one partition"

_ADOPTION = "tocsin.contract.adopt"


class _Message(msgspec.Struct):
    """What a message and its record in the inbox have in common."""

    type: str
    source: str
    id: str
    tenant: str = ""
    time: datetime | None = None
    origin: str = ""

    def agrees(self, taken: "_Message") -> bool:
        """Whether `taken` is what intake may make of it: it finds out whose it is, if nobody has said so."""
        same = (self.type, self.source, self.id, self.time) == (taken.type, taken.source, taken.id, taken.time)
        return same and self.tenant in ("", taken.tenant)


_message = msgspec.json.Decoder(_Message)


class TakingIn:
    """Looks at one partition of an input topic."""

    def __init__(self, is_sound: Callable[[Record], bool], homes: dict[str, int | None]) -> None:
        """`is_sound` says whether an input has to be accepted; `homes` is where each tenant's inputs stand."""
        self.inputs = 0
        self._is_sound = is_sound
        self._homes = homes

    def judge(self, records: Sequence[Record], position: int, outputs: Sequence[Output]) -> None:
        """See `tests.simulation.watch.Judge`."""
        expected = {_place(record): record for record in records}
        messages = [message for output in outputs if (message := self._taken_in(output))]
        taken = {message.origin: message for message in messages}
        refused = [_refused(output) for output in outputs if output.topic is Topic.DEAD_LETTERS]
        found = [*(message.origin for message in messages), *refused]
        require(sorted(found) == sorted(expected), ONCE, found, "of", list(expected))
        sound = [place for place, record in expected.items() if self._is_sound(record)]
        require(taken.keys() == set(sound), RIGHTLY, list(taken), "instead of", sound)
        for tenant in {message.tenant for message in messages}:  # in order where they stand: in one partition
            own = [place for place, message in taken.items() if message.tenant == tenant]
            require(own == [place for place in sound if place in own], RIGHTLY, "out of order:", own)
        require(refused == [place for place in expected if place not in taken], RIGHTLY, "out of order:", refused)
        for place, message in taken.items():
            require(_message.decode(expected[place].value or b"").agrees(message), UNCHANGED, place, message)
        self.inputs += len(records)

    def _taken_in(self, output: Output) -> _Message | None:
        """What was accepted; None for a dead letter, and for an adoption, which comes from nowhere."""
        if output.topic is not Topic.INBOX:
            return None
        message = _message.decode(output.value or b"")
        home = self._homes.setdefault(message.tenant, output.partition)
        require(home == output.partition, AT_HOME, message.tenant, output.partition, "instead of", home)
        return None if message.type == _ADOPTION else message


def _place(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _refused(output: Output) -> str:
    """Where a dead letter came from."""
    told = {name.rpartition("origin-")[2]: (value or b"").decode() for name, value in output.headers}
    return "/".join((told["topic"], told["partition"], told["offset"]))
