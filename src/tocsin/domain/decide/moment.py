"""Instants as an analyst writes them."""

from datetime import UTC, date, datetime, time

from tocsin.domain.contract.model import Contract
from tocsin.domain.decide.decision import Refusal
from tocsin.domain.instant import Instant, from_datetime, parse
from tocsin.domain.time.zones import from_wall


def moment(text: str, contract: Contract) -> Instant | Refusal:
    """The instant that `text` means: a time with an offset, or the beginning of a date where the client is."""
    try:
        if len(text) > len("2026-03-02"):
            return parse(text)
        wall = from_datetime(datetime.combine(date.fromisoformat(text), time(), UTC))
        return from_wall(wall, contract.client_zone or "UTC")
    except (ValueError, OverflowError):
        return Refusal("unreadable_time", f"{text} is neither a date nor a time with its offset from UTC")
