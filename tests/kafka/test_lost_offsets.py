"""Offsets that the group has forgotten, and state that is gone: nothing is applied twice, nothing is guessed."""

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DeleteGroupsRequest
from patience import until
from test_placement import RUN, opened, with_state
from workers import Worker, Workers, committed, publish

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

CALL = (
    b'{"specversion":"1.0","id":"late","source":"t","type":"tocsin.call.missed","tenant":"client-1",'
    b'"data":{"call":"late","from":"+14165550199","to":"+18445525837"}}'
)


async def said(settings: Settings, topic: Topic) -> list[bytes]:
    """What stands on `topic`, but for ticks."""
    return [record.value for record in await committed(settings, topic) if record.key is not None]


async def ended(worker: Worker) -> None:
    worker.process.terminate()
    assert await worker.ended() == 0


async def test_a_group_that_has_forgotten_how_far_it_read_reads_nothing_twice(
    settings: Settings, workers: Workers
) -> None:
    worker = await with_state(settings, workers)
    await publish(settings, Topic.CALLS, [(b"rubbish", b"rubbish")])
    await until(lambda: said_once(settings), "the rubbish is a dead letter")
    await ended(worker)
    await forget_offsets(settings)
    await publish(settings, Topic.CALLS, [(None, CALL)])
    again = workers.start(settings, *RUN)
    await again.ready()
    await until(lambda: has_opened(settings, b"late"), "the new ticket is open")
    assert opened(again) == 31
    calls = [record for record in await said(settings, Topic.INBOX) if b'"tocsin.call.missed"' in record]
    assert len(calls) == 31
    assert len(await said(settings, Topic.DEAD_LETTERS)) == 1
    assert len(await openings(settings)) == 31
    assert "offset_taken_from_state" in again.text
    assert "offset_taken_from_what_was_taken_in" in again.text


async def openings(settings: Settings) -> list[bytes]:
    return [record for record in await said(settings, Topic.TICKET_EVENTS) if b'"type":"TicketOpened"' in record]


async def has_opened(settings: Settings, input_id: bytes) -> bool:
    return any(b'"input":"%s"' % input_id in record for record in await openings(settings))


async def said_once(settings: Settings) -> bool:
    return len(await said(settings, Topic.DEAD_LETTERS)) == 1


async def forget_offsets(settings: Settings) -> None:
    """As brokers do with the offsets of a group that nobody has joined for `offsets.retention.minutes`."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    try:
        answer = await admin._send_request(DeleteGroupsRequest([settings.app_id]))  # noqa: SLF001 - there is no public way
        assert answer.results == [(settings.app_id, 0)]
    finally:
        await admin.close()


async def test_a_worker_whose_state_is_gone_stops_and_says_what_to_do(settings: Settings, workers: Workers) -> None:
    await ended(await with_state(settings, workers))
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    state = [settings.topic(topic) for topic in (Topic.TICKETS, Topic.TENANTS)]
    await admin.delete_topics(state)
    await until(lambda: gone(admin, state), "the topics are gone")
    await admin.close()
    await topics.create(settings)
    worker = workers.start(settings, *RUN)
    assert await worker.ended() == 70
    assert "state is missing" in worker.text
    assert "`tocsin replay rebuild`" in worker.text


async def gone(admin: AIOKafkaAdminClient, names: list[str]) -> bool:
    return not set(names) & set(await admin.list_topics())
