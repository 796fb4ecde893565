"""What `tocsin tenants plan` says that `desk readopt` would make of a ticket is what the fold then makes of it."""

from driver import ANALYST, folded, states
from hypothesis import event, given
from hypothesis import strategies as st
from logs import ADOPTIONS, SPACING, Step, log, record
from random_histories import HISTORIES, histories

from tocsin.contracts.codec import contract_from_json
from tocsin.domain.commands.desk import Readopt
from tocsin.domain.commands.inbound import Body
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Stage
from tocsin.engine.shard import Shard
from tocsin.tenants.readopting import Readopted, readopted


def forecast(ticket: Ticket, adoption: str, now: int) -> Readopted:
    wanted = ADOPTIONS[adoption]
    contracts = {each.contract_hash: contract_from_json(each.contract) for each in ADOPTIONS.values()}
    return readopted(ticket, Tenant(ticket.tenant, wanted.contract_hash, wanted.plan), contracts, now)


@HISTORIES
@given(histories(), st.sampled_from(sorted(ADOPTIONS)), st.data())
def test_the_forecast_is_what_the_fold_decides_when_the_ticket_is_readopted_at_that_time(
    steps: list[Step], adoption: str, data: st.DataObject
) -> None:
    records, shard = log(steps), Shard(0)
    outputs = folded(shard, records)
    found = [ticket for ticket in states(outputs).values() if ticket.stage is not Stage.CLOSED]
    if not found:
        return
    ticket = data.draw(st.sampled_from(found))
    before = ticket.contract_and_plan
    said = forecast(ticket, adoption, shard.clock)
    assert ticket.contract_and_plan == before, "a forecast changes nothing"
    asked: list[Body | str] = [adoption, Readopt(ticket=ticket.id, analyst=ANALYST)]
    for place, body in enumerate(asked, start=len(records) + 1):
        step = Step(0, ticket.tenant, body)
        outputs += folded(shard, [record(step, place * SPACING, shard.clock, shard.clock)])
    then = states(outputs)[ticket.id]
    wanted = ADOPTIONS[adoption]
    moved = then.contract_and_plan == f"{wanted.contract_hash}/{wanted.plan}" != before
    event("moved" if moved else f"not moved: {said.refusal[-30:]}")
    assert bool(said.refusal) != moved
    if moved:
        running = {(it.rule, it.cycle): it.deadline for it in then.clocks if it.running}
        assert {(it.rule, it.cycle): it.after.deadline for it in said.promises if it.after} == running
