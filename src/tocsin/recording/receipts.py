"""The receipts of notify, which name the place of their alert on `soc.alerts`. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

Places = Mapping[str, tuple[int, int]]
"""Partition and offset of each alert, by its id."""

_GONE = (-1, 0)
"""The place of an alert that is not kept any more: no partition has that number."""


def with_place(value: bytes | None, places: Places) -> bytes | None:
    """The receipt with the place that its alert has among `places`; anything else as it is."""
    try:
        receipt: Any = msgspec.json.decode(value or b"null")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):  # msgspec raises all three
        return value
    data = receipt.get("data") if isinstance(receipt, dict) else None
    if not isinstance(data, dict) or not {"alert", "partition", "offset"} <= data.keys():
        return value
    data["partition"], data["offset"] = places.get(data["alert"], _GONE)
    return msgspec.json.encode(receipt)
