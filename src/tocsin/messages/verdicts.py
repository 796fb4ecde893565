"""Verdicts on what came: an accepted input, a refusal, or that it needs no answer; one on each input in a frame."""

from collections.abc import Iterator, Sequence

from tocsin.messages.adapters import ADAPTERS, Adapter
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored

Verdict = Accepted | Rejected | Ignored


def verdicts(arrival: Arrival) -> Sequence[tuple[Arrival, Verdict]]:
    """Each input in `arrival` with the verdict on it: one, unless an array or a batch holds several."""
    try:
        read = _adapter(arrival).adapt(arrival)
    except (Rejected, Ignored) as verdict:
        return ((arrival, verdict),)
    except Exception as error:  # noqa: BLE001 - a fault of an adapter costs one message, not the partition
        return ((arrival, Rejected(DeadLetterReason.ADAPTER_FAILED, type(error).__name__)),)
    if isinstance(read, Accepted):
        return ((arrival, read),)
    return tuple(_of_parts(read))


def _of_parts(parts: Sequence[Arrival]) -> Iterator[tuple[Arrival, Verdict]]:
    for part in parts:
        yield from verdicts(part)


def _adapter(arrival: Arrival) -> Adapter:
    """The first adapter that recognises the message. Raises `Rejected`."""
    try:
        for adapter in ADAPTERS[arrival.record.topic]:
            if adapter.recognises(arrival):
                return adapter
    except Rejected as rejected:
        raise arrival.otherwise or rejected from None
    raise arrival.otherwise or Rejected(
        DeadLetterReason.UNKNOWN_SHAPE, f"no kind of message that {arrival.record.topic} takes"
    )
