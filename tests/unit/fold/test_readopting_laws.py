"""What `tocsin tenants plan` says that `desk readopt` would make of a ticket is what the fold then makes of it."""

from driver import ANALYST, folded, states
from hypothesis import event, given
from hypothesis import strategies as st
from logs import ADOPTIONS, SPACING, Step, log, record
from random_histories import HISTORIES, histories

from tocsin.contracts.codec import contract_from_json
from tocsin.domain.commands.desk import Readopt
from tocsin.domain.commands.inbound import Body, Detection
from tocsin.domain.state.ticket import Ticket
from tocsin.domain.vocabulary import Severity, Stage
from tocsin.engine.shard import Shard
from tocsin.tenants.plan import Adopted
from tocsin.tenants.readopting import Readopted, readopted


def forecast(ticket: Ticket, adoption: str, shard: Shard) -> Readopted:
    contracts = {each.contract_hash: contract_from_json(each.contract) for each in ADOPTIONS.values()}
    tenant = next(each for each in shard.tenants() if each.name == ticket.tenant)
    return readopted(ticket, Adopted.of_adoption(ADOPTIONS[adoption]).on(tenant), contracts, shard.clock)


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
    said = forecast(ticket, adoption, shard)
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


def test_the_servers_of_the_new_adoption_say_which_plan_a_ticket_would_be_under() -> None:
    detection = Detection(signature="s1", severity=Severity.LOW, asset="h", title="t")
    shard = Shard(0)
    outputs = folded(shard, log([Step(0, "acme", "senstar with maintenance"), Step(0, "acme", detection)]))
    (ticket,) = states(outputs).values()
    assert forecast(ticket, "senstar with two servers", shard).refusal.endswith("follows the contract of acme already")
