"""What is known to mend a dead letter, by its reason: for whoever stands before it at night."""

from collections.abc import Mapping
from types import MappingProxyType

from tocsin.messages.dead_letters import DeadLetterReason as Reason

_SOURCE = "The source writes it wrongly: mend the source, and redrive with the value corrected (--value)."

MENDING: Mapping[Reason, str] = MappingProxyType(
    {
        Reason.EMPTY: "Nothing came: look at what publishes there. There is nothing to redrive.",
        Reason.TOO_LARGE: (
            "Raise value_bytes_max (mail_bytes_max for mail) and restart the workers, or let the source send"
            " less; then redrive."
        ),
        Reason.NOT_UTF8: _SOURCE,
        Reason.NOT_JSON: _SOURCE,
        Reason.DUPLICATE_KEY: _SOURCE,
        Reason.NOT_FINITE: _SOURCE,
        Reason.TOO_DEEP: _SOURCE,
        Reason.TOO_MANY_KEYS: _SOURCE,
        Reason.INVALID_ENVELOPE: _SOURCE,
        Reason.UNSAFE_TEXT: _SOURCE,
        Reason.UNKNOWN_SHAPE: (
            "Is it on the right topic? docs/formats.md has the formats that are known; a newer release may "
            "know more. Redrive under that one, or with the value in a known format (--value)."
        ),
        Reason.UNSUPPORTED_CONTENT: (
            "Let the source send a content type of docs/formats.md, or redrive with the value in one (--value)."
        ),
        Reason.UNKNOWN_TYPE: (
            "Is the type spelt right, and does this topic take it? The folder schemas has every type. "
            "Redrive with the value corrected (--value)."
        ),
        Reason.INVALID_DATA: (
            "Compare its data with the schema of its type in the folder schemas; mend the source, and "
            "redrive with the value corrected (--value)."
        ),
        Reason.INVALID_TIME: (
            "Times are RFC 3339 with an offset, such as 2026-03-01T09:00:00Z. Mend the source, and redrive "
            "with the value corrected (--value)."
        ),
        Reason.INVALID_CONTRACT: (
            "`tocsin contract lint` says what is wrong with the contract; mend it, and adopt it again "
            "(`tocsin tenants adopt`)."
        ),
        Reason.NO_TENANT: (
            "Name its source in the tenants file (`tocsin tenants check`), restart the workers, and redrive."
        ),
        Reason.INVALID_TENANT: (
            "Let the source write the tenant's name as the tenants file has it, and redrive with the value "
            "corrected (--value)."
        ),
        Reason.FOREIGN_TENANT: (
            "Another tenant's name stands on a client's own topic: ask that client. If the tenants file "
            "gives the topic to the wrong one, mend the file, restart the workers, and redrive."
        ),
        Reason.NOT_FROM_US: (
            "It claims to be ours, and nothing proves it. If it is forged, leave it. Else name our addresses"
            " and mail servers in the tenants file, restart the workers, and redrive."
        ),
        Reason.NOT_A_DETECTION: (
            "The sensor's record is no detection. If it should not come, filter it at the sensor, or name "
            "its type in ignored_event_types."
        ),
        Reason.ADAPTER_FAILED: (
            "A fault of ours: keep it, and report it. Redrive it under a release that has it mended."
        ),
    }
)
"""A sentence for each reason."""


def mending(name: str) -> str:
    """What is known to mend what was refused for the reason of that name."""
    try:
        return MENDING[Reason(name)]
    except ValueError:
        return "This release does not know the reason: ask the release that wrote it."
