import asyncio
import json
import time

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import InvalidTimestampError
from click.testing import CliRunner

from tocsin.cli import main_group
from tocsin.domain.instant import HOUR
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.topics import Status


async def test_creating_twice_creates_once_and_then_finds_everything_as_it_should_be(bare_settings: Settings) -> None:
    first = await topics.create(bare_settings)
    second = await topics.create(bare_settings)
    assert {report.status for report in first} == {Status.CREATED}
    assert [report.name for report in first] == [bare_settings.topic(topic) for topic in bare_settings.topics]
    assert {report.status for report in second} == {Status.EXISTS}
    await topics.delete(bare_settings)


async def test_check_names_what_is_missing(bare_settings: Settings) -> None:
    reports = await topics.check(bare_settings)
    assert {report.status for report in reports} == {Status.MISSING}


async def test_check_says_what_differs_and_changes_nothing(bare_settings: Settings) -> None:
    await _create_by_hand(bare_settings, Topic.INBOX, partitions=3)
    await _create_by_hand(bare_settings, Topic.ALERTS, partitions=5)
    reports = {report.name: report for report in await topics.create(bare_settings)}
    inbox = reports[bare_settings.topic(Topic.INBOX)]
    alerts = reports[bare_settings.topic(Topic.ALERTS)]
    assert inbox.status is Status.DIFFERS
    assert "message.timestamp.type is CreateTime, should be LogAppendTime" in inbox.differences
    assert "it has 5 partitions, the inbox has 3: they must be equal" in alerts.differences
    assert reports[bare_settings.topic(Topic.CALLS)].status is Status.CREATED
    again = {report.name: report for report in await topics.check(bare_settings)}
    assert again[inbox.name].differences == inbox.differences
    await topics.delete(bare_settings)


async def test_an_inbox_with_another_number_of_partitions_is_the_measure_for_the_topics_beside_it(
    bare_settings: Settings,
) -> None:
    await topics.create(bare_settings.model_copy(update={"partitions": 2}))
    assert {report.status for report in await topics.check(bare_settings)} == {Status.EXISTS}
    await topics.delete(bare_settings)


@pytest.mark.parametrize("topic", [Topic.INBOX, Topic.DEAD_LETTERS])
async def test_the_broker_stamps_the_inbox_and_dead_letters(settings: Settings, topic: Topic) -> None:
    stamp = await _stamp_of_a_record_from_1970(settings, topic)
    assert stamp > 1_000_000_000_000


@pytest.mark.parametrize("topic", [Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS, Topic.TENANTS])
async def test_what_bears_a_clock_that_was_hours_ahead_is_taken(settings: Settings, topic: Topic) -> None:
    ahead = round(time.time() * 1000) + 2 * HOUR
    assert await _stamped(settings, topic, ahead) == ahead


async def test_check_says_where_the_broker_would_refuse_it(bare_settings: Settings) -> None:
    limit = {"message.timestamp.after.max.ms": str(HOUR)}  # Kafka's default since 4.0
    await _create_by_hand(bare_settings, Topic.ALERTS, partitions=3, config=limit)
    with pytest.raises(InvalidTimestampError):
        await _stamped(bare_settings, Topic.ALERTS, round(time.time() * 1000) + 2 * HOUR)
    reports = {report.name: report for report in await topics.check(bare_settings)}
    differences = reports[bare_settings.topic(Topic.ALERTS)].differences
    assert f"message.timestamp.after.max.ms is {HOUR}, should be {2**63 - 1}" in differences
    await topics.delete(bare_settings)


async def test_in_dev_an_inbox_that_is_hours_ahead_is_taken(bare_settings: Settings) -> None:
    await topics.create(bare_settings, dev=True)
    ahead = round(time.time() * 1000) + 2 * HOUR
    assert await _stamped(bare_settings, Topic.INBOX, ahead) == ahead
    await topics.delete(bare_settings)


async def test_in_dev_the_writer_stamps_the_inbox_and_old_stamps_are_kept(bare_settings: Settings) -> None:
    await topics.create(bare_settings, dev=True)
    assert await _stamp_of_a_record_from_1970(bare_settings) == 1
    reports = await topics.check(bare_settings, dev=True)
    assert {report.status for report in reports} == {Status.EXISTS}
    await topics.delete(bare_settings)


async def _stamp_of_a_record_from_1970(settings: Settings, topic: Topic = Topic.INBOX) -> int:
    return await _stamped(settings, topic, 1)


async def _stamped(settings: Settings, topic: Topic, stamp: int) -> int:
    """The stamp that a record has in the end, which was sent with `stamp`."""
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        return int((await producer.send_and_wait(settings.topic(topic), b"{}", b"k", timestamp_ms=stamp)).timestamp)


async def _create_by_hand(
    settings: Settings, topic: Topic, partitions: int, config: dict[str, str] | None = None
) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(settings.topic(topic), partitions, 1, topic_configs=config)])
    await admin.close()


def test_the_command_creates_then_checks_and_its_exit_status_tells_a_script(bare_settings: Settings) -> None:
    options = ["--bootstrap", bare_settings.bootstrap, "--topic-prefix", bare_settings.topic_prefix, "--json"]
    run = CliRunner().invoke
    missing = run(main_group, ["topics", "check", *options])
    created = run(main_group, ["topics", "create", *options])
    checked = run(main_group, ["topics", "check", *options])
    assert (missing.exit_code, created.exit_code, checked.exit_code) == (1, 0, 0)
    assert {report["status"] for report in json.loads(created.stdout)} == {"created"}
    asyncio.run(topics.delete(bare_settings))


@pytest.mark.parametrize(
    ("option", "topics_of"),
    [
        ("--audit-days", {Topic.INBOX, Topic.TICKET_EVENTS, Topic.DELIVERIES}),
        ("--input-days", {Topic.SECURITY_EVENTS, Topic.CALLS, Topic.EMAILS, Topic.DESK}),
        ("--alert-days", {Topic.ALERTS}),
        ("--dead-letter-days", {Topic.DEAD_LETTERS}),
    ],
)
def test_check_names_the_topics_that_keep_what_they_hold_for_another_time(
    settings: Settings, option: str, topics_of: set[Topic]
) -> None:
    options = ["--bootstrap", settings.bootstrap, "--topic-prefix", settings.topic_prefix, "--json"]
    days = {"--audit-days": 401, "--input-days": 6, "--alert-days": 29, "--dead-letter-days": 29}[option]
    checked = CliRunner().invoke(main_group, ["topics", "check", *options, option, str(days)])
    assert checked.exit_code == 1
    differing = {each["name"]: each["differences"] for each in json.loads(checked.stdout) if each["differences"]}
    assert differing.keys() == {settings.topic(topic) for topic in topics_of}
    assert all(f"should be {days * 24 * HOUR}" in "".join(each) for each in differing.values())


def test_a_broker_that_is_not_there_is_named_and_told_apart_by_the_exit_status() -> None:
    result = CliRunner().invoke(main_group, ["topics", "check", "--bootstrap", "127.0.0.1:1"])
    assert result.exit_code == 69
    assert result.stderr.startswith("Error: Kafka failed")
    assert "127.0.0.1" in result.stderr
