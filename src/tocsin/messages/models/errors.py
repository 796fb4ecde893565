"""Turns the faults that pydantic found into one reason and one short sentence."""

import re

from pydantic import ValidationError

from tocsin.messages.dead_letters import DeadLetterReason, Rejected

_UNSAFE = ("string_pattern_mismatch", "string_unicode")
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


def rejected(error: ValidationError) -> Rejected:
    """The verdict on a message that its model refused. It repeats nothing of what the message says."""
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    worst = next((found for found in errors if found["type"] in _UNSAFE), errors[0])
    place = ".".join(_name(step) for step in worst["loc"])
    if worst["type"] in _UNSAFE and place != "specversion":
        return Rejected(DeadLetterReason.UNSAFE_TEXT, f"{place}: a control character or a mark of writing direction")
    reason = DeadLetterReason.INVALID_DATA if worst["loc"][:1] == ("data",) else DeadLetterReason.INVALID_ENVELOPE
    return Rejected(reason, f"{place}: {worst['msg']}")


def _name(step: str | int) -> str:
    """A field's name; one that a stranger made up is not repeated if it is no plain name."""
    return str(step) if isinstance(step, int) or _FIELD_NAME.fullmatch(step) else "(a field)"
