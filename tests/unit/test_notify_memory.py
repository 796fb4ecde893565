"""What notify remembers from receipts, in whatever order it reads them."""

import pytest

from tocsin.notify.alert import Place, read_alert
from tocsin.notify.memory import Memory
from tocsin.notify.receipts import ACCEPTED, ATTEMPTED, FAILED, Receipt, ReceiptData, read_beat, read_receipt


@pytest.mark.parametrize("value", [None, b"", b"[]", b"{}", b'{"id": "\xff"}', b"\xff", b'{"more":' + b"[" * 100_000])
def test_what_notify_has_not_written_is_read_past(value: bytes | None) -> None:
    assert (read_receipt(value), read_beat(value), read_alert(value, Place(0, 0), 0)) == (None, None, None)


def receipt(
    offset: int, kind: str = ACCEPTED, action: str = "trigger", key: str = "k", reason: str | None = None
) -> Receipt:
    data = ReceiptData(
        alert=f"a{offset}", dedup_key=key, ticket=None, sink="siem", way="siem", lane="siem", action=action,
        partition=0, offset=offset, attempt=1, page=False, reason=reason,
    )  # fmt: skip
    return Receipt(kind, "another", "acme", data)


def done(memory: Memory, offset: int) -> bool:
    return memory.is_done("siem", Place(0, offset), f"a{offset}")


def test_what_was_accepted_or_given_up_is_done_and_what_was_only_tried_is_not() -> None:
    memory = Memory()
    for offset, kind in enumerate((ACCEPTED, FAILED, ATTEMPTED)):
        memory.learn(receipt(offset, kind), 0)
    assert [done(memory, offset) for offset in range(3)] == [True, True, False]
    assert not memory.is_done("siem", Place(0, 0), "an alert of a topic that was made anew")
    assert not memory.is_done("mail", Place(0, 0), "a0")


def test_what_lies_before_the_offset_of_the_group_is_forgotten_and_not_learnt_again() -> None:
    memory = Memory()
    memory.learn(receipt(1), 0)
    memory.finished("siem", 0, 5)
    memory.learn(receipt(3), 0)
    memory.learn(receipt(7), 0)
    assert [done(memory, offset) for offset in (1, 3, 7)] == [False, False, True]
    assert (memory.first_known("siem", 0), memory.first_known("siem", 1)) == (7, None)


def test_an_incident_is_open_from_an_accepted_trigger_to_an_accepted_resolve() -> None:
    memory = Memory()
    memory.note(receipt(1, FAILED))
    assert not memory.is_open("siem", "k")
    memory.note(receipt(2))
    memory.note(receipt(3, action="acknowledge"))
    assert memory.is_open("siem", "k")
    assert not memory.is_open("mail", "k")
    memory.note(receipt(4, FAILED, "resolve"))
    assert memory.is_open("siem", "k")
    memory.note(receipt(5, action="resolve"))
    assert not memory.is_open("siem", "k")


def test_an_incident_whose_trigger_may_have_been_taken_is_open_until_a_resolve_is_accepted() -> None:
    memory = Memory()
    memory.note(receipt(1, FAILED, reason="timed_out"))
    assert memory.is_open("siem", "k")
    memory.note(receipt(2, FAILED, "resolve", reason="timed_out"))
    assert memory.is_open("siem", "k")
    memory.note(receipt(3, action="resolve"))
    assert not memory.is_open("siem", "k")
    memory.note(receipt(4, FAILED, "acknowledge", reason="timed_out"))
    assert not memory.is_open("siem", "k")


def test_what_another_process_has_opened_is_told_once_and_only_while_it_is_open() -> None:
    memory = Memory()
    memory.note(receipt(1, key="own"))
    memory.learn(receipt(2, key="theirs"), 0)
    memory.learn(receipt(3, key="over"), 0)
    memory.learn(receipt(4, action="resolve", key="over"), 0)
    assert memory.take_strange("siem") == [Place(0, 2)]
    assert memory.take_strange("siem") == []


def test_what_another_process_has_ended_is_told_once_where_somebody_asks_for_it() -> None:
    memory = Memory()
    memory.keep_ended("siem")
    for offset, key in enumerate(("over", "again"), start=1):
        memory.note(receipt(offset, key=key))
        memory.learn(receipt(offset + 2, action="resolve", key=key), 0)
    memory.note(receipt(5, key="again"))
    assert memory.take_ended("siem") == ["over"]
    assert memory.take_ended("siem") == []


def test_an_incident_that_is_told_for_days_does_not_fill_the_memory() -> None:
    memory = Memory()
    for offset in range(10_000):
        memory.learn(receipt(offset), 0)
        memory.finished("siem", 0, offset + 1)
    assert len(list(memory.open_triggers("siem", 0))) == 16
