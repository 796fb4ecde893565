"""Facts: commands, events and alerts, made in great numbers and never changed."""

from typing import dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Fact(msgspec.Struct, frozen=True, gc=False):
    """Immutable data that encodes and decodes itself. No fact refers back to itself, so the collector may skip it.

    The type checker allows names only: msgspec does not inherit `kw_only`, and a metaclass that sets it makes each
    fact four times as slow to create.
    """
