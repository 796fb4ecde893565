"""State that is imported is what its inbox gives; the first difference is named."""

import msgspec
import pytest

from tocsin.contracts.library import ContractLibrary
from tocsin.engine.rules import RULES
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.recording.rebuilding import NotFoldedError, Shape, State, difference, fold, last_of_each, position_in
from tocsin.tenants.directory import TenantDirectory

TENANTS = TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire")
SHAPE = Shape(0, 1, 250_000)
CALL = b'{"specversion":"1.0","id":"%d","source":"t","type":"tocsin.call.missed","tenant":"acme","data":%s}'
DATA = b'{"call":"c%d","from":"+14165550199","to":"+18445525837"}'


def log() -> list[Record]:
    """A log that begins with this release, of three calls."""
    calls = [Record(Topic.CALLS, 0, n, 1_000, None, CALL % (n, DATA % n)) for n in range(3)]
    taken = [o for chunk in Intake(TENANTS, 1).fold(calls) for o in chunk.outputs if o.topic is Topic.INBOX]
    values = [(None, inbox.switch(RULES, first=True)), *((o.key, o.value) for o in taken)]
    return [Record(Topic.INBOX, 0, n * 2, 1_000_000 + n, key, value) for n, (key, value) in enumerate(values)]


def exported(records: list[Record]) -> State:
    """As a worker leaves it, a record of the inbox at a time."""
    shard = Shard(0, rules=1)
    outputs = [o for record in records for chunk in shard.fold([record]) for o in chunk.outputs]
    return last_of_each(Record(o.topic, 0, 0, o.timestamp, o.key, o.value) for o in outputs if "t" in o.topic)


def test_the_fold_gives_the_state_that_was_exported_up_to_its_position() -> None:
    state = exported(log()[:3])
    position = position_in(state, 0)
    assert position == 5
    assert len(state) > 3
    state = {place: record for place, record in state.items() if place[0] in (Topic.TICKETS, Topic.TENANTS)}
    assert difference(state, fold(SHAPE, log(), 5)) is None
    assert difference(state, fold(SHAPE, log(), 7)) is not None


def test_the_first_difference_names_record_field_and_both_values() -> None:
    state = fold(SHAPE, log(), 7)
    place = next(each for each in state if each[0] is Topic.TICKETS)
    ticket = msgspec.json.decode(state[place].value or b"")
    changed = msgspec.json.encode({**ticket, "number": "ACME-7"})
    told = difference({**state, place: state[place]._replace(value=changed)}, state)
    assert (
        told == f'soc.tickets, {ticket["id"]}: number is "ACME-7" in the export, and "{ticket["number"]}" by the inbox'
    )
    told = difference({key: it for key, it in state.items() if key != place}, state)
    assert told == f"soc.tickets, {ticket['id']}: the export lacks it"


def test_an_inbox_that_an_earlier_release_has_judged_is_not_folded() -> None:
    with pytest.raises(NotFoldedError, match=r"release 0\.1 and 0\.2"):
        fold(SHAPE, log()[1:], 7)


def test_what_was_deleted_is_no_state() -> None:
    record = Record(Topic.TICKETS, 0, 0, 0, b"a", b"{}")
    assert last_of_each([record, record._replace(value=None)]) == {}
