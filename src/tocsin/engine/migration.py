"""The one place where state of earlier rules becomes state of these: at the switch, once.

A promise that was made stays as it was made. A step changes only state that the new code would read with another
meaning than the code that wrote it.
"""

from collections.abc import Callable, Iterator

from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Ticket

Changed = Ticket | Caller | Tenant
"""State of which a record is written anew. A caller that its tenant has no more is one to be deleted."""

Step = Callable[[TenantState], Iterator[Changed]]
"""Changes the state of a tenant in place, and yields each part that it has changed."""

STEPS: tuple[Step, ...] = ()
"""In the order in which they are taken."""


def migrate(state: TenantState) -> Iterator[Changed]:
    """Take every step on the state of a tenant; yields each part that has changed."""
    for step in STEPS:
        yield from step(state)
