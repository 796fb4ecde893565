"""Judges intake: every input becomes exactly one record of the inbox or one dead letter, in order."""

from collections.abc import Callable, Sequence

import msgspec
from tests.simulation.verdict import require

from tocsin.messages.record import Output, Record, Topic

ONCE = "every input becomes one inbox record or one dead letter"
RIGHTLY = "intake takes what is sound and nothing else"

_ADOPTION = "tocsin.contract.adopt"


class _Taken(msgspec.Struct):
    """Of an inbox record, what is judged here."""

    type: str
    origin: str = ""


_taken = msgspec.json.Decoder(_Taken)


class TakingIn:
    """Looks at one partition of an input topic."""

    def __init__(self, is_sound: Callable[[Record], bool]) -> None:
        """`is_sound` says whether an input has to be accepted."""
        self.inputs = 0
        self._is_sound = is_sound

    def judge(self, records: Sequence[Record], position: int, outputs: Sequence[Output]) -> None:
        """See `tests.simulation.watch.Judge`."""
        expected = [(_place(record), self._is_sound(record)) for record in records]
        found = [place for output in outputs if (place := _origin(output)) is not None]
        require(sorted(place for place, _ in found) == sorted(place for place, _ in expected), ONCE, found, expected)
        for taken in (True, False):  # the order holds in the inbox, and among the dead letters
            right, said = ([place for place, sound in places if sound is taken] for places in (expected, found))
            require(right == said, RIGHTLY, said, "instead of", right)
        self.inputs += len(records)


def _place(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


def _origin(output: Output) -> tuple[str, bool] | None:
    """Where it came from, and whether it was accepted; None for an adoption, which comes from nowhere."""
    if output.topic is Topic.DEAD_LETTERS:
        told = {name.rpartition("origin-")[2]: value.decode() for name, value in output.headers}
        return "/".join((told["topic"], told["partition"], told["offset"])), False
    taken = _taken.decode(output.value or b"")
    return None if taken.type == _ADOPTION else (taken.origin, True)
