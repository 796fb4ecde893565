"""The names on the wire: a `type` for every body."""

from typing import get_args

from tocsin.domain.commands.inbound import Body

BODIES: dict[str, type[Body]] = {body.TYPE: body for body in get_args(Body)}
"""Every body by its `type` on the wire."""
