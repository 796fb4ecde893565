"""The adapters that recognise a message as a sensor's format."""

from tocsin.messages.adapters import ADAPTERS, Adapter, frames
from tocsin.messages.arrival import Arrival
from tocsin.messages.dead_letters import Rejected
from tocsin.messages.record import Topic


def takers(arrival: Arrival) -> list[str]:
    """Their modules; frames are left out, since they are looked for where no other adapter recognises a message."""
    return [
        adapter.recognises.__module__
        for adapter in ADAPTERS[Topic.SECURITY_EVENTS]
        if adapter.recognises.__module__ != frames.__name__ and _recognises(adapter, arrival)
    ]


def _recognises(adapter: Adapter, arrival: Arrival) -> bool:
    try:
        return adapter.recognises(arrival)
    except Rejected:  # no JSON, which is nothing to those who read JSON
        return False
