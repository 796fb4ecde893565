"""`tocsin forget --dry-run` on a cluster: every topic that a person stands on, also a client's own, and the files."""

import asyncio
import json
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from click.testing import CliRunner
from patience import until
from test_metrics import RUN
from workers import Workers, committed, publish

from tocsin.cli import main_group
from tocsin.domain.instant import DAY, parse
from tocsin.messages.record import Topic
from tocsin.settings import Settings

NUMBER, NAME = "+14165550100", "Jane Roe"
TENANTS = f'[tenants.acme]\n[[tenants.acme.contacts]]\nname = "{NAME}"\nphones = ["{NUMBER}"]\n'


def missed(call: str) -> bytes:
    return json.dumps(
        {
            "specversion": "1.0",
            "id": call,
            "source": "pbx",
            "type": "tocsin.call.missed",
            "tenant": "acme",
            "data": {"call": call, "from": "+1 (416) 555-0100", "to": "+14165550199"},
        }
    ).encode()


def searched(settings: Settings, *persons: str) -> tuple[int, list[dict[str, Any]], str]:
    done = CliRunner().invoke(main_group, ["forget", "--dry-run", "--json", *persons], env=settings.environment())
    return done.exit_code, [json.loads(each) for each in done.stdout.splitlines()], done.stderr


async def test_each_topic_on_which_a_person_stands_is_named_with_its_end_and_each_file(
    settings: Settings, workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "tenants.toml").write_text(TENANTS)
    named = settings.model_copy(update={"tenants_file": tmp_path / "tenants.toml"})
    worker = workers.start(named, *RUN)
    await worker.ready()
    await publish(settings, Topic.CALLS, [(None, missed("c-1"))])
    await until(lambda: committed(settings, Topic.TICKET_EVENTS), "the call has come to a ticket")
    await publish(settings, Topic.CALLS, [(None, b"no message at all, from 416-555-0100")])
    await until(lambda: committed(settings, Topic.DEAD_LETTERS), "what is no message is a dead letter")
    own = f"{settings.topic(Topic.EMAILS)}.acme"
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(own, 1, 1), NewTopic(f"{settings.topic_prefix}elsewhere", 1, 1)])
    await admin.close()
    async with AIOKafkaProducer(bootstrap_servers=settings.bootstrap) as producer:
        await producer.send_and_wait(
            own, b"Subject: =?utf-8?b?SmFuZSBSb2U=?=\r\nFrom: x@y.example\r\n\r\n", b"jane roe"
        )
    code, places, said = await asyncio.to_thread(searched, named, NUMBER)
    assert code == 1
    topics = {each["topic"] for each in places if "topic" in each}
    assert topics == {
        *(Topic.CALLS, Topic.INBOX, Topic.TICKET_EVENTS, Topic.TICKETS, Topic.TENANTS, Topic.DEAD_LETTERS),
    }
    [call, *_] = [each for each in places if each.get("topic") == Topic.CALLS]
    assert parse(call["kept_until"]) - parse(call["at"]) == settings.input_days * DAY
    assert {each["ticket"] for each in places if each.get("topic") in (Topic.INBOX, Topic.TICKET_EVENTS)} >= {
        "ACME-000001"
    }
    assert [(each["file"], each["line"]) for each in places if "file" in each] == [("tenants.toml", 4)]
    assert "soc.elsewhere is no topic of Tocsin; nobody has looked there" in said
    assert f"The same contacts have {NAME}: look for these, too." in said
    _, places, _ = await asyncio.to_thread(searched, named, NAME)
    mails = [(each["part"], each["field"]) for each in places if each.get("topic") == "soc.emails.acme"]
    assert mails == [("key", ""), ("value", "header subject")]
    assert await asyncio.to_thread(searched, settings, "Nobody Atall") == (
        0,
        [],
        "Warning: soc.elsewhere is no topic of Tocsin; nobody has looked there.\n",
    )
