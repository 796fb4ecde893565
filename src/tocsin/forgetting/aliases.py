"""What else a contact of a client is known by, so that nothing is overlooked that was not asked for."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from tocsin.forgetting.person import Person, plain
from tocsin.messages.record import Record, Topic


def other_names(record: Record, persons: Sequence[Person]) -> Iterator[str]:
    """The names, numbers and addresses that stand beside `persons` in the contacts of a tenant, in its state."""
    if record.topic is not Topic.TENANTS or not (record.key or b"").startswith(b"tenant/"):
        return
    for contact in json.loads(record.value or b"{}").get("contacts", ()):
        names = list(_names(contact))
        unnamed = [name for name in names if not any(each.stands_in(plain(name)) for each in persons)]
        if len(unnamed) < len(names):
            yield from unnamed


def _names(contact: dict[str, Any]) -> Iterator[str]:
    yield from (contact.get("name") or "", *contact.get("phones", ()), *contact.get("emails", ()))
