"""The journal as events of OCSF 1.9 with the profile `record_integrity`, for a SIEM that checks what it was given.

Each event carries the record without `persons` (`raw_data`), whose hash is that of the journal's chain, and an
attestation: a fingerprint of the event's canonical JSON (RFC 8785), and the fingerprint of the event before it. The
schema of 1.9 has no member for the bytes of a signature, so there are none; signed heads bind the journal itself.
"""

import json
from hashlib import sha256
from typing import Any

from tocsin.audit.chain import Link, read_link
from tocsin.domain.instant import parse
from tocsin.messages.record import Record

OCSF_VERSION = "1.9.0"

_OTHER = 99
_BASE_EVENT_OTHER = 99  # class 0 * 100 + activity 99
_INFORMATIONAL = 1
_SHA_256 = 3
_HEX = 1
_JCS = 2


class OcsfJournal:
    """The events of one partition of the journal, in its order."""

    def __init__(self, release: str) -> None:
        self._release = release
        self._before: dict[str, Any] | None = None

    def event(self, record: Record) -> dict[str, Any]:
        """The event of the next record. Raises `NotOfTheJournal`."""
        link = read_link(record.value)
        chain = {"chain_uid": f"{record.topic}/{record.partition}", **self._previous(link.record["prev"])}
        event = self._plain(record, link) | {"attestation_list": [chain]}
        fingerprint = _fingerprint(canonical(event)) | {"serialization": "JCS", "serialization_id": _JCS}
        event["attestation_list"] = [chain | {"fingerprint": fingerprint}]
        self._before = {"uid": event["metadata"]["uid"], "type_uid": event["type_uid"], "fingerprint": fingerprint}
        return event

    def _previous(self, hashed: str) -> dict[str, Any]:
        """The reference to the event before; by its name alone where it was not read, nothing if there is none."""
        if self._before:
            return {"prev_event": self._before}
        return {"prev_event": {"uid": hashed, "type_uid": _BASE_EVENT_OTHER}} if hashed else {}

    def _plain(self, record: Record, link: Link) -> dict[str, Any]:
        told = link.record
        return {
            "activity_id": _OTHER,
            "activity_name": told["type"],
            "category_uid": 0,
            "class_uid": 0,
            "message": f"{told['type']} {told['number'] or ''}".rstrip(),
            "metadata": {
                "event_code": told["type"],
                "log_name": f"{record.topic}/{record.partition}",
                "original_time": told["at"],
                "product": {"name": "Tocsin", "vendor_name": "Tocsin", "version": self._release},
                "profiles": ["record_integrity"],
                "sequence": record.offset,
                "tenant_uid": told["tenant"],
                "uid": told["hash"],
                "version": OCSF_VERSION,
            },
            "raw_data": link.covered.decode(),
            "raw_data_hash": _fingerprint(link.covered),
            "raw_data_size": len(link.covered),
            "severity_id": _INFORMATIONAL,
            "time": parse(told["at"]),
            "type_uid": _BASE_EVENT_OTHER,
        }


def canonical(event: dict[str, Any]) -> bytes:
    """The canonical JSON (RFC 8785) of an event, which has texts and whole numbers, and names in ASCII."""
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _fingerprint(data: bytes) -> dict[str, Any]:
    value = sha256(data).hexdigest()
    return {"algorithm": "SHA-256", "algorithm_id": _SHA_256, "encoding_id": _HEX, "value": value}
