"""The correlation key of a detection: repeats of one key belong to one ticket of the tenant.

It is made of the sensor or product that names things, and its own key; without one, of its signature and the asset.
So key 1001 of the EDR and key 1001 of the SIEM are two things.
"""

from hashlib import sha256

from tocsin.domain.commands.inbound import Detection
from tocsin.messages.models.base import IDENTIFIER_LENGTH_MAX

_HASHED = "~2"
"""Begins the digest of a key that is too long; `joined` never writes it."""


def qualified(detection: Detection, namespace: str) -> Detection:
    """`detection` with the whole key. In `namespace`, a sensor or product, its own key or signature has a meaning."""
    parts = ("key", detection.key) if detection.key else ("signature", detection.signature, detection.asset)
    return Detection(  # `msgspec.structs.replace` takes several times as long
        signature=detection.signature,
        severity=detection.severity,
        asset=detection.asset,
        title=detection.title,
        key=joined(namespace, *parts),
        risk=detection.risk,
        sophistication=detection.sophistication,
        severity_assumed=detection.severity_assumed,
        resolved=detection.resolved,
    )


def joined(*parts: str) -> str:
    """`parts` as one text; other parts, or as many in other places, never give the same."""
    text = "/".join(parts)
    if "~" in text or text.count("/") >= len(parts):
        text = "/".join([part.replace("~", "~0").replace("/", "~1") for part in parts])
    if len(text) <= IDENTIFIER_LENGTH_MAX:
        return text
    return _HASHED + sha256(text.encode()).hexdigest()
