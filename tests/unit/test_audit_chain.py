"""`tocsin audit verify`: the chain holds, and nothing that was tampered with does."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from driver import Driver
from hypothesis import given
from hypothesis import strategies as st

from tocsin.audit.chain import Chain
from tocsin.cli import main_group
from tocsin.messages.record import Topic
from tocsin.replay import line

Record = dict[str, Any]


def journal() -> list[bytes]:
    """A call that was missed, its callback, a mail, its resolution: persons in most of it."""
    desk = Driver("esentire", "example").at("09:00").missed().at("09:05").called().at("09:10").mail(priority="P2")
    desk.at("09:20").mailed(purpose="resolution").at("12:00", day=4).tick()
    return [it.value or b"" for it in desk.outputs if it.topic is Topic.TICKET_EVENTS]


JOURNAL = journal()
COVERED = ("v", "type", "at", "tenant", "number", "seq", "data", "prev")


def verified(records: list[bytes], *, from_beginning: bool = True) -> Chain:
    chain = Chain(from_beginning=from_beginning)
    for place, record in enumerate(records):
        chain.take(record, str(place))
    return chain


def without_persons(record: bytes) -> bytes:
    return json.dumps({name: value for name, value in json.loads(record).items() if name != "persons"}).encode()


def test_the_journal_holds_and_its_head_is_the_hash_of_its_last_record() -> None:
    chain = verified(JOURNAL)
    assert chain.fault is None
    assert (chain.records, chain.head) == (len(JOURNAL), json.loads(JOURNAL[-1])["hash"])


@given(st.sets(st.integers(0, len(JOURNAL) - 1)))
def test_it_holds_whichever_persons_were_forgotten(forgotten: set[int]) -> None:
    records = [without_persons(it) if place in forgotten else it for place, it in enumerate(JOURNAL)]
    chain = verified(records)
    assert chain.fault is None
    assert chain.forgotten == sum(b'"persons":' in JOURNAL[place] for place in forgotten)


@given(st.integers(0, len(JOURNAL) - 1), st.sampled_from(COVERED))
def test_a_change_is_found_at_the_record_that_was_changed(place: int, name: str) -> None:
    record = json.loads(JOURNAL[place])
    record[name] = "something else"
    chain = verified([*JOURNAL[:place], json.dumps(record).encode(), *JOURNAL[place + 1 :]])
    assert chain.fault
    assert chain.fault.place == str(place)


@given(st.integers(0, len(JOURNAL) - 2))
def test_what_was_left_out_is_found_at_the_record_after_it(place: int) -> None:
    chain = verified([*JOURNAL[:place], *JOURNAL[place + 1 :]])
    assert chain.fault
    assert chain.fault == (str(place), "does not follow on the record before it")


@given(st.integers(0, len(JOURNAL) - 2))
def test_a_record_that_was_moved_or_repeated_is_found(place: int) -> None:
    swapped = [*JOURNAL[:place], JOURNAL[place + 1], JOURNAL[place], *JOURNAL[place + 2 :]]
    repeated = [*JOURNAL[: place + 1], *JOURNAL[place:]]
    assert (verified(swapped).fault or "")[0] == str(place)
    assert (verified(repeated).fault or "")[0] == str(place + 1)


def test_what_is_said_of_persons_cannot_be_changed_only_removed() -> None:
    record = json.loads(JOURNAL[1])
    record["persons"]["contact"] = "+19995550199"
    chain = verified([JOURNAL[0], json.dumps(record).encode(), *JOURNAL[2:]])
    assert chain.fault == ("1", "has been changed in what it says of persons")


def test_persons_cannot_be_added_to_a_record_that_told_of_nobody() -> None:
    place = next(place for place, it in enumerate(JOURNAL) if b'"persons"' not in it)
    added = json.dumps(json.loads(JOURNAL[place]) | {"persons": {"contact": "+1"}}).encode()
    chain = verified([*JOURNAL[:place], added, *JOURNAL[place + 1 :]])
    assert chain.fault
    assert chain.fault.place == str(place)


@pytest.mark.parametrize("bad", [b"", b"no json", b"[]", b"{}", b"[" * 100_000, b'{"a":1,"a":2}'])
def test_what_is_no_record_breaks_the_chain(bad: bytes) -> None:
    assert verified([JOURNAL[0], bad]).fault == ("1", "is no record of the journal")


def test_a_record_with_two_faces_breaks_the_chain() -> None:
    twice = JOURNAL[0].replace(b'{"v":1', b'{"type":"ContractAdopted","v":1', 1)
    assert verified([twice]).fault == ("0", "is no record of the journal")


def test_reading_may_begin_anywhere_and_goes_on_from_there() -> None:
    assert verified(JOURNAL[3:], from_beginning=False).fault is None
    assert verified(JOURNAL[3:]).fault == ("0", "does not follow on the record before it")


# ---- the command


def audit(records: list[Record] | bytes, *arguments: str) -> Result:
    content = records if isinstance(records, bytes) else "\n".join(map(json.dumps, records)).encode()
    return CliRunner().invoke(main_group, ["audit", "verify", "-", *arguments], input=content)


def lines(edit: Callable[[int, Record], Record] = lambda _, value: value, **more: Any) -> list[Record]:
    """The journal as `tocsin replay file --json` prints it."""
    return [
        {"topic": "soc.ticket-events", "recorded_at": "2026-03-02T09:00:00Z", "value": edit(place, json.loads(it))}
        | {name: value(place) for name, value in more.items()}
        for place, it in enumerate(JOURNAL)
    ]


def test_a_replay_that_holds_is_0_and_says_its_head() -> None:
    result = audit(lines(), "--json")
    assert result.exit_code == 0, result.output
    head = json.loads(JOURNAL[-1])["hash"]
    whole = {"partition": 0, "records": len(JOURNAL), "forgotten": 0, "head": head, "fault": None}
    assert json.loads(result.stdout) == whole


def test_a_broken_chain_is_1_and_names_the_first_bad_line() -> None:
    result = audit(lines(lambda place, value: value | {"tenant": "globex"} if place in (2, 5) else value))
    assert result.exit_code == 1
    assert "line 3 has been changed" in result.stderr


def test_each_partition_has_a_chain_of_its_own_and_a_fault_its_offset() -> None:
    first, second = (lines(partition=lambda _, of=of: of, offset=lambda place: place) for of in (0, 1))
    del second[4]
    result = audit([it for pair in zip(first, [*second, second[-1]], strict=True) for it in pair], "--json")
    assert result.exit_code == 1
    found = [json.loads(text) for text in result.stdout.splitlines()]
    assert [it["fault"] and it["fault"]["at"].split(", ", 1)[1] for it in found] == [None, "partition 1, offset 5"]


def test_lines_of_other_topics_are_passed_over() -> None:
    other = {"topic": "soc.alerts", "recorded_at": "2026-03-02T09:00:00Z", "value": {"data": {}}}
    assert audit([other, *lines(), other]).exit_code == 0


def test_a_line_that_is_none_is_2_with_its_number() -> None:
    result = audit(b'\n{"topic": "soc.nonsense"}\n')
    assert (result.exit_code, "line 2" in result.stderr) == (2, True)


def test_the_lines_are_those_of_the_replay() -> None:
    text = b'{"topic":"soc.ticket-events","recorded_at":"2026-03-02T09:00:00Z","value":%s}' % JOURNAL[0]
    assert line.read(text).value == JOURNAL[0]
