"""The switch of a shard from earlier rules to those of this release."""

from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.tenant import Tenant, TenantState
from tocsin.domain.state.ticket import Ticket
from tocsin.engine.alarms import Alarms
from tocsin.engine.migration import Changed, migrate
from tocsin.engine.outbox import Outbox
from tocsin.engine.rules import RULES
from tocsin.engine.shard_state import ShardState
from tocsin.engine.snapshot import SNAPSHOT_VERSION


def switch(shard: ShardState, outbox: Outbox, alarms: Alarms) -> None:
    """Bring the state of a shard to the rules of this release, and save what that changes."""
    for state in shard.tenants.values():
        for changed in migrate(state):
            _save(state, changed, outbox, alarms)
    shard.partition.rules, shard.partition.version = RULES, SNAPSHOT_VERSION


def _save(state: TenantState, changed: Changed, outbox: Outbox, alarms: Alarms) -> None:
    match changed:
        case Ticket():
            outbox.ticket(changed)
            alarms.arm(state, changed)
        case Caller():
            outbox.caller(state, changed)
        case Tenant():
            outbox.tenant(changed)
            alarms.arm_tenant(state)
