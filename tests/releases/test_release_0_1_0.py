"""What releases 0.1 and 0.2 judged is never judged again; what they left open goes on under the rules of this one."""

import json
from collections.abc import Collection, Iterable

import msgspec
import pytest
from click.testing import CliRunner
from log_0_1_0 import BATCH, FOLDER, ID_BEGINS, Stop, log, records, restored, states, told

from tocsin.cli import main_group
from tocsin.contracts.codec import contract_from_json, contract_hash
from tocsin.domain.instant import DAY, Instant
from tocsin.domain.state.ticket import Clock, Ticket
from tocsin.engine import snapshot
from tocsin.engine.rules import FIRST_RULES, RULES, OtherRules
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.record import Output, Record, Topic
from tocsin.replay import line

STOPS = sorted(states())
FAR = 400 * DAY


def folded(shard: Shard, batch: Iterable[Record]) -> list[Output]:
    return [output for chunk in shard.fold(batch) for output in chunk.outputs]


def switch(stop: Stop, at: Instant | None = None) -> Record:
    """The switch behind what was applied up to `stop`; without `at` no time has passed since then."""
    before = log()[stop.partition][stop.after - 1]
    at = before.timestamp if at is None else at
    return Record(Topic.INBOX, stop.partition, before.offset + 1, at, None, inbox.switch(RULES, first=False))


def ticket_states(stop: Stop) -> dict[str, Ticket]:
    values = [each["value"] for each in states()[stop] if each["topic"] == Topic.TICKETS]
    return {ticket.id: ticket for ticket in map(snapshot.decode_ticket, values)}


def written(outputs: Iterable[Output]) -> dict[str, Ticket]:
    """The last state of each ticket among `outputs`; those that were forgotten are left out."""
    latest = {output.key: output.value for output in outputs if output.topic is Topic.TICKETS}
    tickets = [snapshot.decode_ticket(value) for value in latest.values() if value is not None]
    return {ticket.id: ticket for ticket in tickets}


def tickets_behind(stop: Stop, outputs: Iterable[Output]) -> dict[str, Ticket]:
    """The tickets of `stop` and those of `outputs` that are kept in the end."""
    gone = {(output.key or b"").decode() for output in outputs if output.topic is Topic.TICKETS and not output.value}
    kept = ticket_states(stop) | written(outputs)
    return {name: ticket for name, ticket in kept.items() if name not in gone}


def told_behind(outputs: Iterable[Output]) -> list[tuple[str, str]]:
    """The id and the kind of each alert among `outputs`."""
    alerts = [json.loads(output.value or b"") for output in outputs if output.topic is Topic.ALERTS]
    return [(alert["id"], alert["data"]["kind"]) for alert in alerts]


def rest(stop: Stop) -> list[Record]:
    """What stands behind `stop` in the log, moved up by one offset for the switch, and a tick long after it."""
    later = [each._replace(offset=each.offset + 1) for each in log()[stop.partition][stop.after :]]
    last = later[-1] if later else switch(stop)
    tick = Record(Topic.INBOX, stop.partition, last.offset + 1, last.timestamp + FAR, None, inbox.TICK)
    return [switch(stop), *later, tick]


def promised(clock: Clock) -> tuple[object, ...]:
    return clock.rule, clock.cycle, clock.started_at, clock.deadline, clock.fulfilled_at, clock.breached


def test_the_log_of_release_0_1_0_is_refused_and_the_release_that_judges_it_is_named() -> None:
    for partition, whole in log().items():
        with pytest.raises(OtherRules, match=r"release 0\.1 and 0\.2"):
            folded(Shard(partition, rules=FIRST_RULES), whole)


def test_a_replay_of_the_log_of_release_0_1_0_says_in_one_sentence_which_release_replays_it() -> None:
    text = b"".join(line.write(record) + b"\n" for record in log()[0])
    outcome = CliRunner().invoke(main_group, ["replay", "file", "-"], input=text)
    assert (outcome.exit_code, outcome.stdout) == (2, "")
    [sentence] = outcome.stderr.splitlines()
    assert "release 0.2" in sentence


def test_the_log_of_release_0_1_0_can_still_be_read() -> None:
    assert len([inbox.decode(record) for record in records()]) > 1_000


def test_the_contracts_in_the_log_keep_their_hashes() -> None:
    kept = {each["key"]: each["value"] for lines in states().values() for each in lines}
    contracts = {key.removeprefix("contract/"): text for key, text in kept.items() if key.startswith("contract/")}
    shipped = dict(each.split() for each in (FOLDER / "contracts").read_text(encoding="utf-8").splitlines())
    assert contracts.keys() >= set(shipped.values())
    for name, text in contracts.items():
        assert contract_hash(text) == name
        contract_from_json(text)


@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_a_switch_leaves_every_open_ticket_what_it_was_promised(stop: Stop) -> None:
    shard, before = restored(stop), ticket_states(stop)
    due = shard.next_deadline
    outputs = folded(shard, [switch(stop)])
    assert {output.topic for output in outputs} <= {Topic.TICKETS, Topic.TENANTS}, "nothing is told"
    after = before | written(outputs)
    assert after.keys() == before.keys()
    for name, ticket in before.items():
        assert list(map(promised, after[name].clocks)) == list(map(promised, ticket.clocks))
        assert after[name].number == ticket.number
    assert shard.next_deadline == due
    assert folded(shard, [switch(stop)])[:-1] == [], "a second switch changes nothing"


@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_behind_a_switch_nothing_is_told_twice_and_journal_and_numbers_of_tickets_go_on(stop: Stop) -> None:
    shard = restored(stop)
    shard.cut_repeats_after(shard.clock + DAY)
    [partition] = [each["value"] for each in states()[stop] if each["key"].startswith("partition/")]
    head = msgspec.json.decode(partition)["journal_head"]
    outputs, later = [], rest(stop)
    for first in range(0, len(later), BATCH):
        outputs += folded(shard, later[first : first + BATCH])
    ids = told_behind(outputs)
    assert len(ids) == len(set(ids))
    assert not {name[:ID_BEGINS] for name, kind in ids if kind != "escalated"} & told(stop)
    numbers = {(ticket.tenant, ticket.number) for ticket in ticket_states(stop).values()}
    for event in [json.loads(output.value or b"") for output in outputs if output.topic is Topic.TICKET_EVENTS]:
        assert event["prev"] == head
        head = event["hash"]
        if event["type"] == "TicketOpened":
            assert (event["tenant"], event["number"]) not in numbers
            numbers.add((event["tenant"], event["number"]))


@pytest.mark.parametrize("stop", STOPS, ids=str)
def test_an_input_from_before_the_switch_is_known_when_it_comes_once_more(stop: Stop) -> None:
    shard = restored(stop)
    folded(shard, [switch(stop)])
    window = shard.clock - DAY
    last = [each for each in log()[stop.partition][: stop.after] if each.timestamp >= window][-BATCH:]
    again = [each._replace(offset=switch(stop).offset + 1 + n, timestamp=shard.clock) for n, each in enumerate(last)]
    outputs = folded(shard, again)
    assert {output.topic for output in outputs} <= {Topic.TENANTS}


@pytest.mark.parametrize("stop", STOPS[-12:], ids=str)
def test_behind_a_switch_the_same_follows_whatever_the_batches(stop: Stop) -> None:
    later = rest(stop)
    one_by_one, at_once = restored(stop), restored(stop)
    for shard in (one_by_one, at_once):
        shard.cut_repeats_after(shard.clock + DAY)
    single = [output for record in later for output in folded(one_by_one, [record])]
    whole = folded(at_once, later)
    for topic in (Topic.TICKET_EVENTS, Topic.ALERTS):
        assert [each for each in single if each.topic is topic] == [each for each in whole if each.topic is topic]
    assert written(single) == written(whole)


ENDS = {stop.partition: stop for stop in STOPS}


@pytest.mark.parametrize("stop", [stop for stop in STOPS if ENDS[stop.partition] != stop], ids=str)
def test_clocks_from_before_the_switch_keep_the_deadlines_that_the_release_would_have_given_them(stop: Stop) -> None:
    """With the same further inputs. Which of them answer a ticket is for the new rules to say."""
    before, by_release = ticket_states(stop), ticket_states(ENDS[stop.partition])
    *later, _ = rest(stop)
    by_us = tickets_behind(stop, folded(restored(stop), later))
    assert before.keys() & by_us.keys() == before.keys() & by_release.keys()
    for name in before.keys() & by_us.keys():
        kept = {(clock.rule, clock.cycle) for clock in before[name].clocks}
        assert owed(by_us[name], kept) == owed(by_release[name], kept)


def owed(ticket: Ticket, clocks: Collection[tuple[str, int]]) -> dict[tuple[str, int], tuple[Instant, Instant | None]]:
    """The start and the deadline of each of these clocks."""
    found = {(clock.rule, clock.cycle): (clock.started_at, clock.deadline) for clock in ticket.clocks}
    return {key: found[key] for key in clocks}
