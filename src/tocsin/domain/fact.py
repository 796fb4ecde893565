"""Facts: commands, events and alerts, made in great numbers and never changed."""

from typing import Any, dataclass_transform

import msgspec


class _FactMeta(msgspec.StructMeta):
    """Makes every fact keyword-only: msgspec does not inherit that setting."""

    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **config: Any) -> "_FactMeta":
        return super().__new__(mcls, name, bases, namespace, kw_only=True, **config)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Fact(msgspec.Struct, metaclass=_FactMeta, frozen=True, gc=False):
    """Immutable data that encodes and decodes itself. No fact refers back to itself, so the collector may skip it."""
