"""What is known to mend a dead letter, by its reason: for whoever stands before it at night."""

from typing import assert_never

from tocsin.messages.dead_letters import DeadLetterReason as Reason


def mending(name: str) -> str:
    """What is known to mend what was refused for the reason of that name."""
    try:
        reason = Reason(name)
    except ValueError:
        return "This release does not know the reason: ask the release that wrote it."
    return _mending(reason)


def _mending(reason: Reason) -> str:  # noqa: C901, PLR0912 - one arm for each reason
    match reason:
        case Reason.EMPTY:
            return "Nothing came: look at what publishes there. There is nothing to redrive."
        case Reason.TOO_LARGE:
            return (
                "Raise value_bytes_max (mail_bytes_max for mail) and restart the workers, or let the source send"
                " less; then redrive."
            )
        case (
            Reason.NOT_UTF8
            | Reason.NOT_JSON
            | Reason.DUPLICATE_KEY
            | Reason.NOT_FINITE
            | Reason.TOO_DEEP
            | Reason.TOO_MANY_KEYS
            | Reason.INVALID_ENVELOPE
            | Reason.UNSAFE_TEXT
        ):
            return "The source writes it wrongly: mend the source, and redrive with the value corrected (--value)."
        case Reason.UNKNOWN_SHAPE:
            return (
                "Is it on the right topic? docs/formats.md has the formats that are known; a newer release may "
                "know more. Redrive under that one, or with the value in a known format (--value)."
            )
        case Reason.UNSUPPORTED_CONTENT:
            return "Let the source send a content type of docs/formats.md, or redrive with the value in one (--value)."
        case Reason.UNKNOWN_TYPE:
            return (
                "Is the type spelt right, and does this topic take it? The folder schemas has every type. "
                "Redrive with the value corrected (--value)."
            )
        case Reason.INVALID_DATA:
            return (
                "Compare its data with the schema of its type in the folder schemas; mend the source, and "
                "redrive with the value corrected (--value)."
            )
        case Reason.INVALID_TIME:
            return (
                "Times are RFC 3339 with an offset, such as 2026-03-01T09:00:00Z. Mend the source, and redrive "
                "with the value corrected (--value)."
            )
        case Reason.INVALID_CONTRACT:
            return (
                "`tocsin contract lint` says what is wrong with the contract; mend it, and adopt it again "
                "(`tocsin tenants adopt`)."
            )
        case Reason.NO_TENANT:
            return "Name its source in the tenants file (`tocsin tenants check`), restart the workers, and redrive."
        case Reason.INVALID_TENANT:
            return (
                "Let the source write the tenant's name as the tenants file has it, and redrive with the value "
                "corrected (--value)."
            )
        case Reason.FOREIGN_TENANT:
            return (
                "Another tenant's name stands on a client's own topic: ask that client. If the tenants file "
                "gives the topic to the wrong one, mend the file, restart the workers, and redrive."
            )
        case Reason.NOT_FROM_US:
            return (
                "It claims to be ours, and nothing proves it. If it is forged, leave it. Else name our addresses"
                " and mail servers in the tenants file, restart the workers, and redrive."
            )
        case Reason.NOT_A_DETECTION:
            return (
                "The sensor's record is no detection. If it should not come, filter it at the sensor, or name "
                "its type in ignored_event_types."
            )
        case Reason.ADAPTER_FAILED:
            return "A fault of ours: keep it, and report it. Redrive it under a release that has it mended."
        case _:
            assert_never(reason)
