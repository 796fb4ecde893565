"""What sensors have seen on a ticket, by which a silence may be about it."""

from msgspec import UNSET

from tocsin.domain.commands.inbound import Detection, Input
from tocsin.domain.state.silences import MORE, SEEN_MAX, Seen
from tocsin.domain.state.ticket import Ticket

_BY_SIGNATURE = "/signature/"
"""Stands behind the source in the correlation key of what has no key of its own; then come signature and asset."""

_PARTS = 4


def keep_seen(ticket: Ticket, message: Input) -> None:
    """Keep what `message` has seen, if it is a detection, once for all that see the same.

    Nearly always the correlation key says all of it, and nothing is kept.
    """
    body = message.body
    if not isinstance(body, Detection):
        return
    if ticket.seen is UNSET and (body.key or "").startswith(f"{message.source}{_BY_SIGNATURE}"):
        return
    seen = (Seen(message.source, body.signature, body.asset),)
    if ticket.seen is not UNSET or ticket.repeats:
        ticket.seen = with_seen(seen_on(ticket), seen)
    else:
        ticket.seen = seen


def seen_on(ticket: Ticket) -> tuple[Seen, ...]:
    """What sensors have seen on `ticket`."""
    if ticket.seen is not UNSET:
        return ticket.seen
    parts = (ticket.correlation_key or "").split("/")
    if len(parts) != _PARTS or parts[1] != "signature":
        return ()
    source, _, signature, asset = (part.replace("~1", "/").replace("~0", "~") for part in parts)
    return (Seen(source, signature, asset),)


def with_seen(seen: tuple[Seen, ...], others: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Both, each once; of very many the first, and that there are more."""
    both = tuple(dict.fromkeys((*seen, *others)))
    return both if len(both) <= SEEN_MAX else (*both[: SEEN_MAX - 1], MORE)
