"""An input that is published again from a dead letter counts once, and nobody else's message counts as it."""

import json
from collections.abc import Iterator
from pathlib import Path

from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_intake import STAMP, Nobody

from tocsin.cli.dead_letters import command
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.inbound import Input, Tick
from tocsin.domain.instant import DAY
from tocsin.engine.redriven import REMEMBERED, RedrivenInputs
from tocsin.engine.shard import Shard
from tocsin.messages import inbox
from tocsin.messages.dead_letters import DeadLetterReason
from tocsin.messages.intake import Intake
from tocsin.messages.mending import MENDING, mending
from tocsin.messages.record import Headers, Output, Record, Topic
from tocsin.messages.redriven import redriven
from tocsin.messages.refused import DeadLetter, letters, once_more, read
from tocsin.replay import line
from tocsin.tenants.directory import TenantDirectory

REFUSED_AT = STAMP + 5_000
LATER = STAMP + 40 * DAY


def taken(record: Record) -> list[Output]:
    return [output for chunk in Intake(Nobody(), 3).fold([record]) for output in chunk.outputs]


def refusal(outputs: list[Output], offset: int = 0) -> DeadLetter:
    [output] = [each for each in outputs if each.topic is Topic.DEAD_LETTERS]
    letter = read(Record(output.topic, 0, offset, REFUSED_AT, output.key, output.value, output.headers))
    assert letter is not None
    return letter


def inputs(outputs: list[Output]) -> Iterator[Input]:
    for output in outputs:
        if output.topic is Topic.INBOX:
            message = inbox.decode(Record(output.topic, 0, 7, LATER, output.key, output.value))
            if message.source != "tocsin/intake":
                yield message


def again(letter: DeadLetter, value: bytes | None = None) -> Record:
    """The record that redrive publishes."""
    headers = (*letter.headers, *once_more(letter, value).headers)
    sent = letter.value if value is None else value
    return Record(Topic(letter.topic), letter.origin_partition, 90, LATER, letter.key, sent, headers)


def call(**more: object) -> bytes:
    data = {"call": "c1", "from": "+14165550199", "to": "+15550100"}
    event = {"specversion": "1.0", "id": "c1", "source": "t", "type": "tocsin.call.missed", "data": data, **more}
    return json.dumps(event).encode()


def arrived(value: bytes, *headers: tuple[str, bytes | None], topic: Topic = Topic.CALLS) -> Record:
    return Record(topic, 1, 17, STAMP, b"k", value, headers)


BROKEN = call(data={"call": "c1"})
MENDED = call(time="2026-03-01T09:00:00Z")


def test_it_keeps_bytes_key_and_headers_and_names_where_it_stood() -> None:
    letter = refusal(taken(arrived(BROKEN, ("tenant", b"acme"), ("tocsin-reason", b"forged"))))
    record = again(letter)
    assert (record.value, record.key) == (BROKEN, b"k")
    assert record.headers == (
        ("tenant", b"acme"),
        ("tocsin-redriven-from", b"soc.calls/1/17"),
        ("tocsin-first-refused", str(REFUSED_AT).encode()),
    )


def test_refused_again_it_names_where_it_first_stood_and_is_the_same_input() -> None:
    first = refusal(taken(arrived(BROKEN, ("tenant", b"acme"))))
    second = refusal(taken(again(first)))
    assert (second.origin, second.root) == ("soc.calls/1/90", first.origin)
    assert once_more(second) == once_more(first)


def test_an_input_without_a_time_is_dated_by_its_first_refusal_and_marked() -> None:
    letter = refusal(taken(arrived(BROKEN, ("tenant", b"acme"))))
    [message] = inputs(taken(again(letter, call())))
    assert (message.happened_at, message.dated_by_arrival) == (REFUSED_AT, True)


def test_an_input_with_a_time_keeps_it() -> None:
    letter = refusal(taken(arrived(BROKEN, ("tenant", b"acme"))))
    [message] = inputs(taken(again(letter, MENDED)))
    assert (message.happened_at, message.dated_by_arrival) == (1_772_355_600_000, False)


def test_an_edit_is_another_input_that_names_the_old_one() -> None:
    letter = refusal(taken(arrived(BROKEN, ("tenant", b"acme"))))
    [message] = inputs(taken(again(letter, MENDED)))
    assert message.redriven.startswith("soc.calls/1/17/")
    assert message.redriven != once_more(letter).name


def test_what_stands_on_another_topic_than_it_names_is_no_repeat_of_anything() -> None:
    record = again(refusal(taken(arrived(BROKEN, ("tenant", b"acme")))), MENDED)
    assert redriven(record) is not None
    assert redriven(record._replace(topic=Topic.DESK)) is None
    assert redriven(record._replace(own="acme")) is None


HEADERS = st.lists(st.tuples(st.sampled_from(["tenant", "h", "ce_id"]), st.binary(max_size=4)), max_size=3).map(tuple)


MESSAGES = st.tuples(st.binary(max_size=4), HEADERS, st.integers(0, 3))


@given(MESSAGES, MESSAGES)
def test_only_the_very_same_message_has_the_same_name(
    ours: tuple[bytes, Headers, int], theirs: tuple[bytes, Headers, int]
) -> None:
    """A stranger who forges the headers makes nothing a repeat but what is equal to it in all that decides."""

    def name(value: bytes, headers: Headers, stamp: int) -> str | None:
        marks = (("tocsin-redriven-from", b"soc.calls/1/17"), ("tocsin-first-refused", str(stamp).encode()))
        found = redriven(arrived(value, *headers, *marks))
        return found and found.name

    assert (name(*ours) == name(*theirs)) is (ours == theirs)


FORGED = (b"", b"soc.calls", b"soc.calls/1", b"soc.calls/x/1", b"soc.calls/1/17\n", b"\xff", b"soc.calls/1/17/a")


def test_headers_that_say_nothing_readable_are_no_reason_to_refuse() -> None:
    for forged in FORGED:
        marks = (("tocsin-redriven-from", forged), ("tocsin-first-refused", b"-1"))
        [message] = inputs(taken(arrived(MENDED, ("tenant", b"acme"), *marks)))
        assert message.redriven == ""


def test_an_element_of_an_array_goes_without_the_headers_of_the_array() -> None:
    array = b"[" + MENDED + b"," + BROKEN + b"]"
    batch = (("tenant", b"acme"), ("content-type", b"application/cloudevents-batch+json"))
    letter = refusal(taken(arrived(array, *batch)))
    assert (letter.root, letter.headers) == ("soc.calls/1/17/1", (("tenant", b"acme"),))
    [message] = inputs(taken(again(letter, MENDED)))
    assert message.redriven.startswith("soc.calls/1/17/1/")


def test_what_was_not_kept_whole_cannot_be_redriven_and_says_so() -> None:
    huge = refusal(taken(arrived(b"x" * 1_000_000, ("tenant", b"acme"))))
    assert huge.obstacle == ("Not all of its value was kept (it had 1000000 bytes): publish it again from its source.")
    many = refusal(taken(arrived(BROKEN, ("a", b"v" * 20_000))))
    assert many.obstacle == "Not all of its headers was kept (it had 1 headers): publish it again from its source."
    receipt = refusal(taken(arrived(b"{}", topic=Topic.DELIVERIES)))
    assert receipt.obstacle == "What became of alerts is said by notify alone."
    assert refusal(taken(arrived(b""))).obstacle == "It has no value: there is nothing to publish again."


def seen(name: str, tenant: str = "acme") -> Input:
    return Input(tenant=tenant, source="t", id="c1", recorded_at=0, happened_at=0, offset=0, body=Tick(), redriven=name)


steps = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["acme", "globex"]), st.integers(0, 200)), max_size=30
)


@given(steps, st.data())
def test_what_is_restored_from_the_state_knows_the_same_inputs(
    moves: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    def told(inputs: RedrivenInputs, part: list[tuple[str, str, int]], start: int) -> tuple[list[bool], int]:
        said = []
        for name, tenant, days in part:
            start += days * DAY
            said.append(inputs.is_repeat(seen(name, tenant), start))
            for key, value in inputs.changed(seen(name, tenant), start):
                _, of, digest = key.split("/")
                state.pop((of, digest), None)
                if value is not None:
                    state[of, digest] = value
        return said, start

    state: dict[tuple[str, str], object] = {}
    cut = data.draw(st.integers(0, len(moves)))
    live = RedrivenInputs()
    _, now = told(live, moves[:cut], 0)
    restored = RedrivenInputs()
    for (tenant, digest), value in list(state.items()):
        restored.load(tenant, digest, value)  # type: ignore[arg-type]  # as it was written
    assert told(restored, moves[cut:], now)[0] == told(live, moves[cut:], now)[0]


def test_it_is_remembered_for_90_days_after_it_was_last_seen() -> None:
    inputs = RedrivenInputs()
    assert not inputs.is_repeat(seen("a"), 0)
    assert inputs.is_repeat(seen("a"), REMEMBERED)
    assert not inputs.is_repeat(seen("b"), REMEMBERED * 2 + 1)
    assert [(key.rpartition("/")[0], value) for key, value in inputs.changed(seen("b"), REMEMBERED * 2 + 1)][1:] == [
        ("redriven/acme", None)
    ]
    assert not inputs.is_repeat(seen("a"), REMEMBERED * 2 + 1)


def judged(shard: Shard, records: list[Record]) -> list[Output]:
    return [output for chunk in shard.fold(records) for output in chunk.outputs]


def inbox_of(*outputs: Output, start: int = 0) -> list[Record]:
    return [
        Record(Topic.INBOX, 0, start + number, LATER + number, output.key, output.value)
        for number, output in enumerate(outputs)
        if output.topic is Topic.INBOX
    ]


def test_the_fold_counts_it_once_though_its_window_has_passed_and_it_was_restored_since() -> None:
    intake = Intake(TenantDirectory.from_file(None, ContractLibrary.load(None), "esentire"), 1)

    def taken_in(record: Record) -> list[Output]:
        return [each for chunk in intake.fold([record]) for each in chunk.outputs if each.topic is Topic.INBOX]

    letter = refusal(taken(arrived(BROKEN, ("tenant", b"acme"))))
    first = taken_in(again(letter, MENDED))
    others = [each for n in range(3) for each in taken_in(arrived(call(id=f"o{n}"), ("tenant", b"acme")))]
    shard = Shard(0, deduplication_window=1)
    log = inbox_of(*first, *others)
    told = judged(shard, log)
    once_again = inbox_of(*taken_in(again(letter, MENDED)), start=len(log))
    assert len(once_again) == 1
    assert [it.topic for it in judged(shard, once_again) if it.topic is Topic.ALERTS] == []
    assert shard.counters.duplicates == 1
    restored = Shard(0, deduplication_window=1)
    for output in told:
        if output.topic in (Topic.TICKETS, Topic.TENANTS):
            restored.load(output.topic, output.key or b"", output.value)
    judged(restored, once_again)
    assert restored.counters.duplicates == 1
    assert restored.counters.tickets_opened == 0


def test_the_inputs_of_one_tenant_are_no_repeats_of_anothers() -> None:
    inputs = RedrivenInputs()
    assert [inputs.is_repeat(seen("a", tenant), 0) for tenant in ("acme", "globex")] == [False, False]


def test_every_reason_has_a_sentence_that_says_what_mends_it() -> None:
    assert set(MENDING) == set(DeadLetterReason)
    assert all(sentence.endswith(".") for sentence in MENDING.values())
    assert mending("too_large") == MENDING[DeadLetterReason.TOO_LARGE]
    assert "ask the release that wrote it" in mending("of_a_later_release")


def test_what_is_no_dead_letter_is_passed_over() -> None:
    headers = (("tocsin-reason", b"empty"), ("tocsin-origin-partition", b"none"))
    assert list(letters([Record(Topic.DEAD_LETTERS, 0, 0, STAMP, None, b"", each) for each in ((), headers)])) == []


def test_a_tenant_is_told_by_the_header_or_by_the_message_where_it_can_be_read() -> None:
    by_header = refusal(taken(arrived(BROKEN, ("tenant", b"acme"))))
    by_message = refusal(taken(arrived(call(data={"call": "c1"}, tenant="globex"))))
    unreadable = refusal(taken(arrived(b"{")))
    assert (by_header.tenant, by_message.tenant, unreadable.tenant) == ("acme", "globex", None)


HOSTILE = b'{"a": "\\u001b[2J", "b": \x1b[31m\xe2\x80\xae'


def recorded(folder: Path) -> str:
    """A file with three dead letters: two broken calls, and one that would steer a terminal."""
    records = []
    for offset, value in enumerate((BROKEN, BROKEN, HOSTILE)):
        [output] = taken(arrived(value, ("tenant", b"acme")))
        record = Record(output.topic, 0, offset, REFUSED_AT + offset, output.key, output.value, output.headers)
        records.append(line.write(record))
    file = folder / "dead.jsonl"
    file.write_bytes(b"\n".join(records))
    return str(file)


def test_list_counts_and_filters_what_a_recorded_file_holds(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    rows = [json.loads(row) for row in said("list", file, "--json")]
    assert [(row["place"], row["reason"], row["tenant"]) for row in rows] == [
        *(("0/0", "invalid_data", "acme"), ("0/1", "invalid_data", "acme"), ("0/2", "not_json", "acme"))
    ]
    counts = [json.loads(row) for row in said("list", file, "--count-by", "reason", "--json")]
    assert [(row["reason"], row["count"], row["latest"]) for row in counts] == [
        *(("invalid_data", 2, "0/1"), ("not_json", 1, "0/2"))
    ]
    assert len(said("list", file, "--reason", "not_json", "--topic", "calls", "--json")) == 1
    assert said("list", file, "--topic", "calls.acme", "--json") == []
    assert said("list", file, "--tenant", "globex", "--json") == []
    assert len(said("list", file, "--from", "2026-03-01T09:00:05.002Z", "--json")) == 1


def test_show_prints_all_of_it_and_lets_nothing_steer_the_terminal(tmp_path: Path) -> None:
    file = recorded(tmp_path)
    shown = "\n".join(said("show", "0/2", file))
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "soc.calls/1/17" in shown
    assert MENDING[DeadLetterReason.NOT_JSON] in shown
    assert "tocsin dead-letters redrive 0/2" in shown
    assert CliRunner().invoke(command, ["show", "0/2", file, "--raw"]).stdout_bytes == HOSTILE
    [document] = said("show", "0/1", file, "--json")
    assert json.loads(document)["value"] == BROKEN.decode()


def test_show_says_where_to_look_if_there_is_no_such_place(tmp_path: Path) -> None:
    done = CliRunner().invoke(command, ["show", "3/99", recorded(tmp_path)])
    assert done.exit_code == 1
    assert "tocsin dead-letters list" in done.output


def said(*arguments: str) -> list[str]:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()
