"""Adapters: each recognises one kind of message by its shape and makes an accepted input of it.

To add one, write a module with `recognises` and `adapt`, and name it here under the topics that take it.
Every topic takes our own schema.
"""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import NamedTuple

from tocsin.messages.adapters import (
    alertmanager,
    asff,
    cef,
    cloudevents_binary,
    cloudevents_structured,
    crowdstrike,
    elastic,
    falco,
    frames,
    guardduty,
    leef,
    microsoft,
    ocsf,
    rfc5322,
    snort,
    suricata,
    syslog_json,
    twilio,
    wazuh,
    zeek,
)
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.record import INPUT_TOPICS, Topic


class Adapter(NamedTuple):
    """`adapt` is asked only for what `recognises` has taken; both may raise `Rejected` or `Ignored`.

    For a frame `adapt` returns the inputs that are in it (`Arrival.part` and `parts`); adapters are asked for each.
    """

    recognises: Callable[[Arrival], bool]
    adapt: Callable[[Arrival], Accepted | Sequence[Arrival]]


def _adapters(*modules: ModuleType) -> tuple[Adapter, ...]:
    return (_PACKED, *(Adapter(module.recognises, module.adapt) for module in modules), _ENVELOPED)


_PACKED = Adapter(frames.is_packed, frames.unpacked)
_ENVELOPED = Adapter(frames.is_enveloped, frames.opened)

ADAPTERS: dict[Topic, tuple[Adapter, ...]] = {
    **dict.fromkeys(INPUT_TOPICS, _adapters(cloudevents_binary, cloudevents_structured)),
    Topic.SECURITY_EVENTS: _adapters(
        cloudevents_binary,
        cef,
        leef,
        syslog_json,
        cloudevents_structured,
        ocsf,
        suricata,
        alertmanager,
        falco,
        wazuh,
        zeek,
        snort,
        guardduty,
        asff,
        crowdstrike,
        microsoft,
        elastic,
    ),
    Topic.CALLS: _adapters(cloudevents_binary, twilio, cloudevents_structured),
    Topic.EMAILS: _adapters(cloudevents_binary, rfc5322, cloudevents_structured),
    Topic.SENT: _adapters(cloudevents_binary, rfc5322, twilio, cloudevents_structured),
}
"""The adapters of each topic; the first that recognises a message reads it. Those that read lines of text come before
those that ask for a JSON document. Frames of bytes are opened first, those of members where no other adapter knows the
document."""
