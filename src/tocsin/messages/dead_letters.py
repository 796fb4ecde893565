"""Dead letters: the closed list of reasons, and the record that keeps the original bytes."""

from enum import StrEnum
from itertools import takewhile

from tocsin.messages.record import HEADER_PREFIX, Headers, Output, Record, Topic
from tocsin.messages.redriven import redriven, without_marks

VALUE_BYTES_KEPT = 900 * 1024
"""Of a larger value only the beginning is kept, so that a broker's usual limit of 1 MiB takes the dead letter."""

KEY_BYTES_KEPT = 1_024
HEADER_BYTES_KEPT = 16 * 1024
"""Original headers are kept in their order up to this many bytes of names and values."""

HEADER_BYTES_KEPT_OF_ELEMENTS = 1_024
"""The same for an element of an array, since each that is refused has a dead letter of its own."""

DETAIL_LENGTH_MAX = 200


class DeadLetterReason(StrEnum):
    """The reason why an input was not accepted."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    DUPLICATE_KEY = "duplicate_key"
    NOT_FINITE = "not_finite"
    TOO_DEEP = "too_deep"
    TOO_MANY_KEYS = "too_many_keys"
    UNKNOWN_SHAPE = "unknown_shape"
    UNSUPPORTED_CONTENT = "unsupported_content"
    UNKNOWN_TYPE = "unknown_type"
    INVALID_ENVELOPE = "invalid_envelope"
    INVALID_DATA = "invalid_data"
    INVALID_TIME = "invalid_time"
    INVALID_CONTRACT = "invalid_contract"
    UNSAFE_TEXT = "unsafe_text"
    NO_TENANT = "no_tenant"
    INVALID_TENANT = "invalid_tenant"
    FOREIGN_TENANT = "foreign_tenant"
    NOT_FROM_US = "not_from_us"
    NOT_A_DETECTION = "not_a_detection"
    ADAPTER_FAILED = "adapter_failed"


class Rejected(Exception):  # noqa: N818 - a verdict on one message, not an error of the program
    """The refusal of a message. `detail` says what is wrong without repeating a stranger's text."""

    def __init__(self, reason: DeadLetterReason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def dead_letter(record: Record, rejected: Rejected, element: tuple[str, bytes] | None = None) -> Output:
    """The record of `soc.dead-letters` for `record`: its bytes, key and headers, why, and where it came from.

    `element` is the place and value of the one element of an array that was refused, where it is not all of the record.
    """
    key = record.key
    headers = [
        ("reason", rejected.reason.value),
        ("detail", _safe(rejected.detail)),
        ("origin-topic", record.name),
        ("origin-partition", str(record.partition)),
        ("origin-offset", str(record.offset)),
        ("origin-timestamp", str(record.timestamp)),
    ]
    if element is not None:
        headers.append(("origin-element", element[0]))
    value = record.value if element is None else element[1]
    if value is not None and len(value) > VALUE_BYTES_KEPT:
        headers.append(("truncated-from", str(len(value))))
        value = value[:VALUE_BYTES_KEPT]
    if key is not None and len(key) > KEY_BYTES_KEPT:
        headers.append(("key-truncated-from", str(len(key))))
        key = key[:KEY_BYTES_KEPT]
    sent = without_marks(record.headers)
    kept = _kept(sent, HEADER_BYTES_KEPT if element is None else HEADER_BYTES_KEPT_OF_ELEMENTS)
    if len(kept) < len(sent):
        headers.append(("headers-truncated-from", str(len(sent))))
    ours = tuple((HEADER_PREFIX + name, text.encode()) for name, text in headers)
    again = redriven(record)
    return Output(
        Topic.DEAD_LETTERS, None, key, value, record.timestamp, (*ours, *(again.headers if again else ()), *kept)
    )


def _kept(headers: Headers, budget: int) -> Headers:
    def fits(header: tuple[str, bytes | None]) -> bool:
        nonlocal budget
        name, value = header
        budget -= len(name) + len(value or b"") + 8  # 8: what the frame of a header costs at most, about
        return budget >= 0

    return tuple(takewhile(fits, headers))


def _safe(detail: str) -> str:
    return detail.encode("ascii", "backslashreplace").decode()[:DETAIL_LENGTH_MAX]
