"""Keeps from a sink what it may not see, by an alert's TLP marking. The alert itself goes: no page is lost. Pure."""

import msgspec

from tocsin.domain.tlp import Tlp, is_stricter, tlp_of
from tocsin.notify.alert import Received, read_alert

_TOLD = frozenset(
    {
        *("kind", "action", "dedup_key", "tenant", "ticket", "number", "priority", "stage", "objective", "deadline"),
        *("elapsed_seconds", "tier", "role", "clause", "contract", "contract_hash", "offsets", "tlp", "climbed"),
        *("silence", "present", "owed_by", "owed_to", "source"),
    }
)
"""Members of an alert that say that there is something to see to, and nothing of what it is. New ones are withheld."""


def withheld(received: Received, highest: Tlp | None) -> Received:
    """`received` as it may go where nothing stricter than `highest` may be seen; None: all may be."""
    tlp = tlp_of(received.alert.data.tlp)
    if highest is None or tlp is None or not is_stricter(tlp, highest):
        return received
    event = msgspec.json.decode(received.raw)
    told = {name: value for name, value in event["data"].items() if name in _TOLD}
    told["title"] = f"content withheld (TLP:{tlp.upper()})"
    raw = msgspec.json.encode(event | {"data": told})
    found = read_alert(raw, received.place, received.stamp)
    if found is None:
        raise AssertionError("what is left of an alert is one")
    return found
