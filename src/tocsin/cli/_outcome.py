"""What became of a command of the desk, for machines."""

from tocsin.client.desk import Reply
from tocsin.render.timeline import told


def outcome_of(reply: Reply | None) -> dict[str, str | None]:
    """`applied`, `refused` or `unanswered`, with the sentence of the journal, or with the reason of a refusal."""
    if reply is None:
        return {"outcome": "unanswered", "text": None, "reason": None}
    if reply.applied:
        return {"outcome": "applied", "text": told(reply.event), "reason": None}
    return {"outcome": "refused", "text": reply.refusal, "reason": reply.reason or None}
