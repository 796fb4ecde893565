"""What the switch of rules makes of counts that earlier releases have kept."""

import pytest
from driver import ANALYST, FIRST, Driver, folded
from test_servers import TWO
from test_servers import desk as desk_of_servers
from test_switch_of_rules import of_earlier_rules, switched

from tocsin.domain.commands.desk import RuleOut
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Counted, Ticket
from tocsin.engine import snapshot
from tocsin.messages.record import Output, Topic

MONTH = "2026-03/enterprise/first_response/P2"


def left_behind(desk: Driver, state: Ticket | Tenant) -> None:
    """Let `state` be what the earlier release has written last."""
    if isinstance(state, Ticket):
        topic, key = Topic.TICKETS, state.id
    else:
        topic, key = Topic.TENANTS, f"tenant/{state.name}"
    desk.outputs.append(Output(topic, None, key.encode(), snapshot.encode(state), desk.now))


def only_tenant(desk: Driver) -> Tenant:
    (tenant,) = desk.shard.tenants()
    return tenant


def migrated(desk: Driver) -> Tenant:
    """The tenant as it stands behind the switch, which tells nothing."""
    shard = of_earlier_rules(desk)
    outputs = folded(shard, [switched(len(desk.inbox.records), desk.now)])
    assert {output.topic for output in outputs} <= {Topic.TICKETS, Topic.TENANTS}
    (tenant,) = shard.tenants()
    return tenant


@pytest.mark.parametrize(("judged", "missed"), [(False, 0), (True, 1)])
def test_a_withdrawn_promise_leaves_the_count_of_a_month_that_was_not_judged(judged: bool, missed: int) -> None:
    """Releases 0.1 and 0.2 left the miss of a clock in the count when its ticket was ruled out."""
    desk = Driver("sentinelone", "enterprise").at("09:00").mail(priority="P2").at("16:00").tick()
    desk.publish(RuleOut(ticket=FIRST, analyst=ANALYST, reason="hardware"))
    ticket, tenant = desk.ticket(), only_tenant(desk)
    ticket.clocks[0].counted = Counted(MONTH, met=False)
    month = tenant.months[MONTH]
    month.missed, month.at_risk, month.judged = 1, True, judged
    left_behind(desk, ticket)
    left_behind(desk, tenant)
    now = migrated(desk)
    assert now.months[MONTH].missed == missed


def test_a_refused_case_is_given_back() -> None:
    """Releases 0.1 and 0.2 counted every request, whether it was served or not."""
    desk = desk_of_servers(*TWO).mail("al@acme.example", server="bare-1").mail("jo@acme.example", server="bare-1")
    tenant = only_tenant(desk)
    tenant.cases["bare-1"] = 2
    left_behind(desk, tenant)
    now = migrated(desk)
    assert now.cases == {"bare-1": 1}
