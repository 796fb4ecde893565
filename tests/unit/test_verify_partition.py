"""`tocsin replay verify` of exported files: what is judged, from where on, and what is told where it is not."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from driver import Driver
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_histories import HISTORIES
from tests.unit.said import Topics, begun, exported, history, said_of

from tocsin.cli import main_group
from tocsin.engine.rules import FIRST_RULES, RULES
from tocsin.messages import inbox
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.verify.checkpoint import Checkpoint, make_folder, write_checkpoint
from tocsin.verify.partition import verify_partition
from tocsin.verify.recomputation import Task
from tocsin.verify.report import PartitionReport, Verdict

LOG = begun(history().inbox.records)
SAID = said_of(LOG)
WINDOW = 250_000


def verified(path: Path, **more: Any) -> PartitionReport:
    return verify_partition(Task(path, 0, WINDOW, **more), lambda _offsets: None)


def kept(tmp_path: Path, topics: Topics, name: str = "kept") -> Path:
    """A checkpoint at the end of what was said."""
    folder = tmp_path / name
    make_folder(folder)
    report = verified(exported(tmp_path / f"{name}-export", [topics]), keep=folder)
    assert report.kept is not None
    write_checkpoint(folder, Checkpoint(proven=True, partitions={0: report.kept}))
    return folder


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main_group, ["replay", *map(str, arguments)])


def test_a_log_that_nobody_has_touched_is_verified(tmp_path: Path) -> None:
    report = verified(exported(tmp_path, [SAID]))
    assert (report.verdict, report.records, report.applied) == (Verdict.VERIFIED, len(LOG), len(LOG))
    assert [it.records for it in report.topics] == [len(SAID[Topic.TICKET_EVENTS]), len(SAID[Topic.ALERTS])]


def test_one_file_of_lines_is_verified_as_a_folder_is(tmp_path: Path) -> None:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(line.write(it) + b"\n" for records in SAID.values() for it in records))
    assert verified(file).verdict is Verdict.VERIFIED


@given(st.integers(0, 10**6))
@settings(HISTORIES, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_changed_line_of_the_inbox_is_found_on_the_topics(tmp_path: Path, number: int) -> None:
    """Of an input that something follows from."""
    named = {offset for it in SAID[Topic.TICKET_EVENTS] for offset in json.loads(it.value or b"")["offsets"]}
    changed = sorted(named)[number % len(named)]
    log = [it._replace(timestamp=it.timestamp + 1) if it.offset == changed else it for it in LOG]
    folder = exported(tmp_path / str(number), [{**SAID, Topic.INBOX: log}])
    assert verified(folder).verdict is Verdict.DIFFERS


@pytest.mark.parametrize("applied", range(1, len(LOG)))
def test_what_a_worker_has_not_applied_yet_is_no_difference(tmp_path: Path, applied: int) -> None:
    said = said_of(LOG, applied)
    report = verified(exported(tmp_path, [{**said, Topic.INBOX: LOG}]))
    assert (report.verdict, report.applied) == (Verdict.VERIFIED, applied)


def test_what_was_said_while_the_state_was_read_is_compared_too(tmp_path: Path) -> None:
    earlier = said_of(LOG, 8)
    topics = {**SAID, Topic.TENANTS: earlier[Topic.TENANTS], Topic.TICKETS: earlier[Topic.TICKETS]}
    assert verified(exported(tmp_path / "same", [topics])).verdict is Verdict.VERIFIED
    *before, last = SAID[Topic.ALERTS]
    changed = {**topics, Topic.ALERTS: [*before, last._replace(key=b"k")]}
    assert verified(exported(tmp_path / "changed", [changed])).verdict is Verdict.DIFFERS


def test_the_last_record_is_missed_although_nothing_follows_it(tmp_path: Path) -> None:
    report = verified(exported(tmp_path, [{**SAID, Topic.ALERTS: SAID[Topic.ALERTS][:-1]}]))
    assert report.verdict is Verdict.DIFFERS


def test_what_follows_from_nothing_in_the_export_is_not_called_verified(tmp_path: Path) -> None:
    forged = Record(Topic.ALERTS, 0, 900, 5, b"k", b'{"id": "forged"}')
    report = verified(exported(tmp_path, [{**SAID, Topic.ALERTS: [*SAID[Topic.ALERTS], forged]}]))
    assert report.verdict is Verdict.UNJUDGED
    assert "goes on at offset 900" in report.unjudged[0]


def test_a_topic_that_was_not_exported_is_not_called_verified(tmp_path: Path) -> None:
    topics: Topics = {topic: records for topic, records in SAID.items() if topic != Topic.ALERTS}
    report = verified(exported(tmp_path, [topics]))
    assert (report.verdict, report.unjudged) == (Verdict.UNJUDGED, ("soc.alerts is not there to be compared.",))


def test_alerts_that_are_deleted_earlier_than_the_inbox_are_compared_from_where_they_begin(tmp_path: Path) -> None:
    alerts = SAID[Topic.ALERTS][len(SAID[Topic.ALERTS]) // 2 :]
    report = verified(exported(tmp_path / "later", [{**SAID, Topic.ALERTS: alerts}]))
    assert report.verdict is Verdict.VERIFIED
    assert [it.begin for it in report.topics] == [0, alerts[0].offset]


# ---- checkpoints


@pytest.mark.parametrize("applied", range(1, len(LOG)))
def test_from_a_checkpoint_on_everything_is_as_from_the_beginning(tmp_path: Path, applied: int) -> None:
    checkpoint = kept(tmp_path, {**said_of(LOG, applied), Topic.INBOX: LOG})
    report = verified(exported(tmp_path / "whole", [SAID]), since=checkpoint)
    assert (report.verdict, report.since, report.records) == (Verdict.VERIFIED, applied, len(LOG) - applied)


def test_what_stands_behind_a_checkpoint_is_judged_and_what_stands_before_it_is_not(tmp_path: Path) -> None:
    checkpoint = kept(tmp_path, {**said_of(LOG, 8), Topic.INBOX: LOG})
    for place, verdict in ((0, Verdict.VERIFIED), (-1, Verdict.DIFFERS)):
        journal = list(SAID[Topic.TICKET_EVENTS])
        journal[place] = journal[place]._replace(timestamp=7)
        folder = exported(tmp_path / f"changed-{place}", [{**SAID, Topic.TICKET_EVENTS: journal}])
        assert verified(folder, since=checkpoint).verdict is verdict


def test_a_repeat_is_recognised_behind_a_checkpoint(tmp_path: Path) -> None:
    desk = Driver("esentire", plan="example").at("09:00").missed("+1").mail("a@x").at("09:01").tick()
    log = begun(desk.again(1).again(2).at("11:00").tick().inbox.records)
    said = said_of(log)
    checkpoint = kept(tmp_path, {**said_of(log, 5), Topic.INBOX: log})
    assert verified(exported(tmp_path / "whole", [said]), since=checkpoint).verdict is Verdict.VERIFIED


def test_a_checkpoint_needs_the_inbox_from_its_deduplication_window_on(tmp_path: Path) -> None:
    checkpoint = kept(tmp_path, {**said_of(LOG, 12), Topic.INBOX: LOG})
    cut = exported(tmp_path / "cut", [{**SAID, Topic.INBOX: LOG[11:]}])
    report = verified(cut, since=checkpoint)
    assert report.verdict is Verdict.UNJUDGED
    assert "the checkpoint needs it from" in report.unjudged[0]


def test_a_log_whose_beginning_was_deleted_needs_a_checkpoint(tmp_path: Path) -> None:
    report = verified(exported(tmp_path, [{**SAID, Topic.INBOX: LOG[11:]}]))
    assert (report.verdict, report.records) == (Verdict.UNJUDGED, 0)
    assert "Go on from a checkpoint" in report.unjudged[0]


def test_nothing_is_kept_where_something_differs(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    make_folder(folder)
    changed = [SAID[Topic.ALERTS][0]._replace(timestamp=7), *SAID[Topic.ALERTS][1:]]
    report = verified(exported(tmp_path / "export", [{**SAID, Topic.ALERTS: changed}]), keep=folder)
    assert (report.kept, list(folder.iterdir())) == (None, [])


def test_a_checkpoint_that_was_changed_is_refused(tmp_path: Path) -> None:
    folder = kept(tmp_path, SAID)
    (folder / "0.jsonl.zst").write_bytes(b"")
    done = command("verify", exported(tmp_path / "export", [SAID]), "--since", folder, "--processes", "1")
    assert done.exit_code == 2
    assert "its digest is another one" in done.output


# ---- rules


def older(log: Sequence[Record]) -> list[Record]:
    """The log as one whose beginning release 0.2 has judged: its switch stands behind some records."""
    switch = Record(Topic.INBOX, 0, 4, log[4].timestamp, None, inbox.switch(RULES, first=False))
    return [*(it._replace(offset=it.offset - 1) for it in log[1:5]), switch, *log[5:]]


def test_what_another_release_judges_is_named_and_not_called_verified(tmp_path: Path) -> None:
    report = verified(exported(tmp_path, [{**SAID, Topic.INBOX: older(LOG)}]))
    assert report.verdict is Verdict.UNJUDGED
    assert [(it.rules, it.release, it.begin, it.end, it.records, it.judged) for it in report.stretches] == [
        (FIRST_RULES, "0.1 and 0.2", 0, 4, 4, False),
        (RULES, "this release", 4, len(LOG), len(LOG) - 4, False),
    ]


def test_behind_the_switch_a_checkpoint_lets_the_log_be_judged(tmp_path: Path) -> None:
    folder = kept(tmp_path, {**said_of(LOG, 9), Topic.INBOX: LOG})
    report = verified(exported(tmp_path / "older", [{**SAID, Topic.INBOX: older(LOG)}]), since=folder)
    assert report.verdict is Verdict.VERIFIED


def test_what_a_later_release_judges_is_left_to_it_and_what_stands_before_is_judged(tmp_path: Path) -> None:
    newer = LOG[9]._replace(key=None, value=inbox.switch(RULES + 1, first=False))
    said = said_of(LOG[:9])
    report = verified(exported(tmp_path, [{**said, Topic.INBOX: [*LOG[:9], newer, *LOG[10:]]}]))
    assert report.verdict is Verdict.UNJUDGED
    assert [(it.rules, it.release, it.records, it.judged) for it in report.stretches] == [
        (RULES, "this release", 9, True),
        (RULES + 1, "a later release", len(LOG) - 9, False),
    ]


def test_an_inbox_that_cannot_be_folded_is_a_fault(tmp_path: Path) -> None:
    log = [it for it in LOG if b'"contract_hash"' not in (it.value or b"")]
    report = verified(exported(tmp_path, [{**SAID, Topic.INBOX: log}]))
    assert report.verdict is Verdict.DIFFERS
    assert "has adopted no contract" in (report.fault or "")


# ---- the command


def test_the_command_verifies_each_partition_in_a_process_and_says_what_was_compared(tmp_path: Path) -> None:
    other = begun(history().inbox.records, partition=1)
    folder = exported(tmp_path, [SAID, said_of(other)])
    done = command("verify", folder, "--processes", "2")
    assert (done.exit_code, "all that was said follows from them" in done.output) == (0, True), done.output
    documents = [json.loads(text) for text in command("verify", folder, "--json").output.splitlines()]
    assert [(it["partition"], it["verdict"]) for it in documents] == [(0, "verified"), (1, "verified")]


def test_the_command_names_the_first_difference_with_its_field_and_both_values(tmp_path: Path) -> None:
    alerts = list(SAID[Topic.ALERTS])
    alerts[2] = alerts[2]._replace(value=(alerts[2].value or b"").replace(b'"kind":"', b'"kind":"un'))
    folder = exported(tmp_path, [{**SAID, Topic.ALERTS: alerts}])
    done = command("verify", folder)
    assert done.exit_code == 1
    assert f"soc.alerts/0/{alerts[2].offset}: changed in value.data.kind (ticket ACME-" in done.output
    kind = json.loads(SAID[Topic.ALERTS][2].value or b"")["data"]["kind"]
    assert f'on the topic: "un{kind}"' in done.output
    assert f'recomputed:   "{kind}"' in done.output


def test_a_checkpoint_of_the_command_is_one_from_which_the_command_goes_on(tmp_path: Path) -> None:
    export, folder = exported(tmp_path / "export", [SAID]), tmp_path / "kept"
    done = command("checkpoint", folder, export, "--reason", "monthly", "--operator", "mia")
    assert (done.exit_code, "1 partitions, digest" in done.output) == (0, True), done.output
    [document] = [json.loads(it) for it in command("verify", export, "--since", folder, "--json").output.splitlines()]
    assert (document["verdict"], document["since"], document["proven"]) == ("verified", len(LOG), True)


def test_of_a_checkpoint_that_is_not_kept_nothing_is_left(tmp_path: Path) -> None:
    other = said_of(begun(history().inbox.records, partition=1))
    other[Topic.ALERTS].pop()
    export, folder = exported(tmp_path / "export", [SAID, other]), tmp_path / "kept"
    done = command("checkpoint", folder, export, "--reason", "monthly", "--operator", "mia", "--processes", "1")
    assert (done.exit_code, list(folder.iterdir())) == (1, [])


def test_the_command_ends_with_4_where_not_all_was_judged(tmp_path: Path) -> None:
    folder = exported(tmp_path, [{**SAID, Topic.INBOX: older(LOG)}])
    done = command("verify", folder)
    assert done.exit_code == 4
    assert "4 records, [0, 4), are judged by the rules 1 of release 0.1 and 0.2" in done.output
