"""What the doctor says of what it was told: each judgement both ways."""

from pathlib import Path

import pytest

from tocsin.doctor import (
    certificates,
    copies,
    dead_letters,
    disk,
    doubts,
    lag,
    notify,
    pulse,
    reach,
    rights,
    topics,
    versions,
)
from tocsin.doctor.disk import Room
from tocsin.doctor.finding import Finding, Level, exit_code
from tocsin.domain.instant import DAY
from tocsin.notify.ledger import Beat
from tocsin.settings import Settings
from tocsin.streams.kafka.topics import Status, TopicReport

ACLS = Path(__file__).parents[2] / "deploy" / "kafka-acls.txt"
SETTINGS = Settings(tenants_file=Path("tenants.toml"))


def levels(found: list[Finding]) -> list[Level]:
    return [finding.level for finding in found]


def test_the_first_fault_gives_the_exit_code_and_a_warning_gives_none() -> None:
    warning, fault = Finding("a", Level.WARNING, ""), Finding("b", Level.FAULT, "", code=77)
    assert exit_code([warning]) == 0
    assert exit_code([warning, fault, fault._replace(code=1)]) == 77


def test_the_rights_that_are_tried_are_those_that_the_script_grants() -> None:
    tried = {tuple(line.split()) for line in rights.TABLE.splitlines()}
    granted = {tuple(line.split()) for line in ACLS.read_text().splitlines() if line and not line.startswith("#")}
    assert tried <= granted
    left = {line for line in granted - tried if line[0] in rights.ROLES}
    assert all(line[3] == "prefixed" and line[1] == "topic" for line in left), left  # topics that need not be there


def test_a_lacking_right_names_the_call_that_grants_it() -> None:
    [fault] = rights.judge("worker", "ada", [rights.Need("Write", "topic", "soc.inbox")])
    assert (fault.level, fault.code) == (Level.FAULT, 77)
    assert fault.command == "deploy/kafka-acls.sh worker User:ada --bootstrap-server ..."


@pytest.mark.parametrize(
    ("attempt", "level", "code"),
    [
        (reach.Attempt("b:1", 0.01), Level.OK, 1),
        (reach.Attempt("b:1"), Level.FAULT, 69),
        (reach.Attempt("b:1", None, "It is not trusted."), Level.FAULT, 77),
    ],
)
def test_a_broker_answers_or_refuses_or_is_silent(attempt: reach.Attempt, level: Level, code: int) -> None:
    [finding] = reach.judge([attempt])
    assert (finding.level, finding.code) == (level, code)


def test_a_broker_whose_copies_are_not_up_to_date_is_named_and_one_that_has_the_only_copy_is_a_fault() -> None:
    whole = {"partition": 0, "leader": 1, "replicas": [1, 2, 3], "isr": [1, 2, 3]}
    behind, dead = {**whole, "isr": [1, 3]}, {**whole, "leader": -1, "isr": [2]}
    assert levels(copies.judge({"soc.calls": [whole]})) == [Level.OK]
    warning, fault = copies.judge({"soc.calls": [whole, behind], "soc.inbox": [dead]})
    assert (warning.level, warning.sentence) == (Level.WARNING, "One copy of soc.calls is not up to date.")
    assert warning.command.startswith("start node 2,")
    assert (fault.level, fault.sentence.split(":")[0]) == (Level.FAULT, "No broker leads partition 0 of soc.inbox")
    assert fault.command == "start node 2 with the disk that it had"


def test_a_topic_that_differs_comes_with_the_call_that_changes_it() -> None:
    report = TopicReport("soc.calls", Status.DIFFERS, ("retention.ms is 1, should be 604800000",))
    [warning] = topics.judge([report], None)
    assert warning.command.endswith("--entity-name soc.calls --add-config retention.ms=604800000")
    [fault, _] = topics.judge([report], "The topics cannot be used.")
    assert (fault.level, fault.code) == (Level.FAULT, 78)


def test_a_partition_of_which_nothing_is_heard_is_a_fault_and_a_clock_that_differs_a_warning() -> None:
    heard = {0: pulse.Heard(0.2), 1: pulse.Heard(5.0), 2: pulse.Heard(-9.0)}
    assert levels(pulse.judge_workers(SETTINGS, [0, 1, 2], heard, 32)) == [Level.OK]
    [silent] = pulse.judge_workers(SETTINGS, [0, 1, 2, 3], heard, 32)
    assert (silent.level, "partition 3" in silent.sentence) == (Level.FAULT, True)
    ahead, behind = pulse.judge_clocks(SETTINGS, heard)
    assert "soc.inbox/1 is 5.0 s ahead" in ahead.sentence
    assert "soc.inbox/2 is 9.0 s behind" in behind.sentence
    assert levels(pulse.judge_clocks(SETTINGS, {0: pulse.Heard(-1.5)})) == [Level.OK]  # it waited for our fetch
    assert levels(pulse.judge_clocks(SETTINGS, {})) == [Level.UNKNOWN]


def test_brokers_without_kip_890_are_a_warning() -> None:
    assert levels(versions.judge({24: 3, 26: 3}, {})) == [Level.OK, Level.OK, Level.WARNING]
    assert levels(versions.judge({24: 5, 26: 5, 68: 1}, {})) == [Level.OK] * 3


def test_nobody_who_reads_is_a_fault_and_too_much_that_waits_a_warning() -> None:
    assert levels(lag.judge("tocsin", lag.Group(0, {"soc.calls": 3}))) == [Level.FAULT]
    assert levels(lag.judge("tocsin", lag.Group(1, {"soc.calls": 10_001, "soc.desk": 10_000}))) == [Level.WARNING]
    assert levels(lag.judge("tocsin", lag.Group(1, {"soc.calls": 10_000}))) == [Level.OK]


def test_a_clock_that_stands_still_since_its_broker_ran_ahead_is_told_until_the_time_has_caught_up() -> None:
    heard = {0: pulse.Heard(0.0), 1: pulse.Heard(100.0)}

    def told(clock: int) -> list[Level]:
        return levels(pulse.judge_standing(SETTINGS, heard, {0: clock * 1_000, 1: (clock + 100) * 1_000}, 1_000.0))

    assert told(1_003) == [Level.WARNING] * 2
    assert told(1_002) == told(900) == []


def test_a_certificate_is_told_30_days_before_it_expires() -> None:
    def level(days: float) -> Level:
        [finding] = certificates.judge([certificates.Certificate("it", int(100 * DAY + days * DAY))], 100 * DAY)
        return finding.level

    assert [level(days) for days in (-1, 0, 29.9, 30)] == [Level.FAULT, Level.FAULT, Level.WARNING, Level.OK]
    assert levels(certificates.judge([certificates.Certificate("it", None)], 0)) == [Level.FAULT]


def test_a_silent_lane_is_a_fault_and_one_that_was_retired_is_not() -> None:
    assert levels(notify.judge({"n": Beat(0, 120)}, 0, 120_000)) == [Level.OK]
    assert levels(notify.judge({"n": Beat(0, 120)}, 0, 120_001)) == [Level.FAULT]
    assert levels(notify.judge({"n": Beat(0, None)}, 1, 120_001)) == [Level.WARNING]


def test_a_disk_that_fills_is_told_before_it_is_full() -> None:
    rooms = [*(Room("/a here", free, 100) for free in (10, 9, 1)), Room("/b at b", 50, 100, offline=True)]
    assert levels(disk.judge(rooms)) == [Level.OK, Level.WARNING, Level.FAULT, Level.FAULT]


def test_each_reason_comes_with_the_call_that_lists_it() -> None:
    [warning] = dead_letters.judge({"no_tenant": 2})
    assert warning.command == "tocsin dead-letters list --reason no_tenant"
    assert levels(dead_letters.judge({})) == [Level.OK]


def test_settings_that_hardly_anybody_wants_are_told() -> None:
    assert levels(doubts.judge(SETTINGS)) == [Level.OK]
    doubtful = Settings(allow_plaintext=True, deduplication_window=10, web_host="0.0.0.0")  # noqa: S104 - that is the doubt
    assert levels(doubts.judge(doubtful)) == [Level.WARNING] * 4
