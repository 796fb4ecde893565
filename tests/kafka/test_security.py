"""A broker that trusts nobody: TLS, SASL and an authorizer on, rights as `deploy/kafka-acls.sh` grants them."""

import asyncio
import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import kafka_acls
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import NewTopic
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError
from counterparts import Listener
from notified import Notify, alert, notify_file, receipts, say, webhook
from patience import HANG_SECONDS, until
from secured import PASSWORDS, Authority, SecuredKafka
from tests.board.boards import Board
from tests.conftest import UsesBroker
from workers import Workers

from tocsin.dev.jars import kafka_version
from tocsin.dev.kafka import install
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import admin_client, client_options
from tocsin.streams.kafka.refusals import refused_connection

TOCSIN = Path(sys.executable).with_name("tocsin")
DEPLOY = Path(__file__).parents[2] / "deploy"
ROLES = (
    *("sensor", "telephony", "mail-gateway", "client", "desk", "mover", "worker", "notify"),
    *("alert-consumer", "auditor", "operator", "board", "board-desk", "redriver"),
    *("exporter", "importer"),
)
"""Each role has a user of its name."""

UNAVAILABLE, REFUSED = 69, 77
ACCESS_TOKEN = "what ada shows to the board"
CALL = {
    "specversion": "1.0",
    "id": "missed-1",
    "source": "pbx",
    "type": "tocsin.call.missed",
    "tenant": "acme",
    "time": "2026-03-01T09:00:00Z",
    "data": {"call": "1", "from": "+14165550100", "to": "+18005550100"},
}


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    kafka = SecuredKafka(install(), tmp_path_factory.mktemp("secured"), ROLES)
    with kafka.kafka:
        yield kafka


class Place:
    """Topics and a consumer group of a test's own, and what has been granted there."""

    def __init__(self, secured: SecuredKafka, folder: Path) -> None:
        self.broker = secured
        self._folder = folder
        name = f"test-{uuid.uuid4().hex[:12]}"
        self._names = {"app_id": name, "topic_prefix": f"{name}."}
        self.all_may = secured.settings("PLAINTEXT", **self._names)

    def settings(self, role: str, **values: Any) -> Settings:
        """For the user of that role, by SCRAM-SHA-512 over TLS unless said otherwise."""
        return self.broker.scram(role, **{**self._names, **values})

    def topic(self, topic: Topic) -> str:
        return self.all_may.topic(topic)

    async def grant(self, role: str, principal: str = "", without: tuple[str, str] = ("", "")) -> None:
        """What the script grants; `without` an operation (the second) in the lines that hold the first."""
        copy = self._folder / f"deploy-{uuid.uuid4().hex}"
        copy.mkdir()
        shutil.copy(DEPLOY / "kafka-acls.sh", copy)
        line, operation = without
        table = (DEPLOY / "kafka-acls.txt").read_text().splitlines()
        kept = [_without(operation, it) if role in it and line in it and operation else it for it in table]
        (copy / "kafka-acls.txt").write_text("\n".join(it for it in kept if it) + "\n")
        calls = await asyncio.to_thread(self._calls_of, copy / "kafka-acls.sh", role, principal or f"User:{role}")
        await kafka_acls.add(call.split() for call in calls.splitlines())

    def _calls_of(self, script: Path, *arguments: str) -> str:
        names = {"TOCSIN_TOPIC_PREFIX": self.all_may.topic_prefix, "TOCSIN_APP_ID": self.all_may.app_id}
        names["OWN_TOPICS"] = "calls.acme,soc.security-events.acme.*"
        return subprocess.run(
            [script, *arguments, "--bootstrap-server", self.all_may.bootstrap],
            env={**os.environ, **names, "KAFKA_ACLS": "echo"},
            check=True,
            capture_output=True,
            text=True,
        ).stdout


def _without(operation: str, line: str) -> str:
    *columns, operations = line.split()
    left = [it for it in operations.split(",") if it != operation]
    return " ".join([*columns, ",".join(left)]) if left else ""


@pytest.fixture
def place(secured: SecuredKafka, tmp_path: Path, uses_broker: UsesBroker) -> Place:
    uses_broker(kafka_version())
    return Place(secured, tmp_path)


async def tocsin(settings: Settings, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """A command in a process of its own; no password may ever stand in what it says."""
    environment = {**os.environ, **settings.environment(), "USER": "ada"}
    run = partial(subprocess.run, capture_output=True, text=True, check=False, timeout=HANG_SECONDS)
    done = await asyncio.to_thread(run, [TOCSIN, *arguments], input=stdin, env=environment)
    assert PASSWORDS not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done


async def publish_call(place: Place, **values: Any) -> None:
    done = await tocsin(place.settings("telephony"), "publish", "calls", "-", stdin=json.dumps({**CALL, **values}))
    assert done.returncode == 0, done.stderr


async def shown(settings: Settings, topic: str) -> list[str]:
    done = await tocsin(settings, "tail", topic, "--from", "beginning", "--until-end")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


async def assert_refused(settings: Settings, *arguments: str, says: str) -> None:
    done = await tocsin(settings, *arguments, stdin="{}")
    assert (done.returncode, says in done.stderr) == (REFUSED, True), done.stderr
    assert done.stderr.startswith("Error: ")


async def acts(place: Place, folder: Path, number: str) -> None:
    """Somebody acts on the board, whose process has the rights of `board-desk`."""
    access, bearer = folder / "access.toml", {"Authorization": f"Bearer {ACCESS_TOKEN}"}
    digest = hashlib.sha256(ACCESS_TOKEN.encode()).hexdigest()
    access.write_text(f'tokens.ada = {{sha256 = "{digest}", acts = true}}')
    board = Board(place.settings("board-desk", board_access_file=access), folder / "acting.log")
    try:
        await until(lambda: board.is_ready() and number in board.get("/", **bearer)[1], "the board shows it")
        board.post(f"/tickets/{number}/act", {"verb": "note", "note": "Seen by Ada.", "page": "1"}, **bearer)
        await until(lambda: "Note: Seen by Ada." in board.get(f"/tickets/{number}", **bearer)[1], "it is noted")
    finally:
        board.kill()


# The whole way, each role with its rights and no others


async def test_over_tls_and_scram_a_missed_call_becomes_an_alert_with_the_rights_of_each_role_and_no_others(
    place: Place, workers: Workers, tmp_path: Path
) -> None:
    for role in ROLES:
        await place.grant(role)
    created = await tocsin(place.settings("operator"), "topics", "create")
    assert created.returncode == 0, created.stderr
    worker = workers.start(place.settings("worker"), TOCSIN, "run")
    await worker.ready()
    await publish_call(place)
    alerts = await until(lambda: shown(place.settings("alert-consumer"), "alerts"), "an alert is published")
    number = alerts[0].split()[2]

    board = Board(place.settings("board"), tmp_path / "board.log")
    try:
        await until(lambda: board.is_ready() and number in board.get("/")[1], "the board shows it")
        assert "Callback owed to +14165550100" in board.get(f"/tickets/{number}")[1]
    finally:
        board.kill()
    await acts(place, tmp_path, number)

    acknowledged = await tocsin(place.settings("desk"), "desk", "acknowledge", number)
    assert acknowledged.returncode == 0, acknowledged.stderr
    assert number in (await tocsin(place.settings("desk"), "ticket", "show", number)).stdout
    assert "tocsin.call.missed" in (await tocsin(place.settings("auditor"), "inbox", "export")).stdout
    moved = await tocsin(place.settings("mover"), "desk", "move", number, "--tenant", "globex")
    assert "goes_on_as=GLOBEX-000001" in moved.stdout, moved.stderr
    await publish_call(place, id="missed-2", data={"call": "2"})
    await until(lambda: shown(place.settings("auditor"), "dead-letters"), "it is a dead letter")
    again = await tocsin(place.settings("redriver"), "dead-letters", "redrive", "--all", "--reason-why", "a test")
    assert "1 refused again" in again.stderr

    worker.process.terminate()
    assert await worker.ended() == 0
    assert PASSWORDS not in worker.text
    await exports_and_imports(place, tmp_path / "backup")


async def exports_and_imports(place: Place, folder: Path) -> None:
    why = ("--reason", "a test", "--operator", "ada")
    exported = await tocsin(place.settings("exporter"), "export", str(folder), *why)
    assert exported.returncode == 0, exported.stderr
    assert "Warning" not in exported.stderr
    importer = place.settings("importer", topic_prefix=f"{place.settings('importer').topic_prefix}again.")
    imported = await tocsin(importer, "import", str(folder), *why)
    assert imported.returncode == 0, imported.stderr


async def test_a_sensor_can_write_its_own_topic_and_nothing_else(place: Place) -> None:
    await topics.create(place.all_may)
    await place.grant("sensor")
    sensor = place.settings("sensor")
    assert (await tocsin(sensor, "publish", "security-events", "-", stdin="{}")).returncode == 0
    await assert_refused(sensor, "publish", "calls", "-", says=f"topic {place.topic(Topic.CALLS)}")
    await assert_refused(
        sensor, "tail", "security-events", "--from", "beginning", says=place.topic(Topic.SECURITY_EVENTS)
    )
    for topic in set(Topic) - {Topic.SECURITY_EVENTS}:
        await assert_cannot_write(sensor, topic)
        await assert_cannot_read(sensor, topic)


CLIENTS = """
[tenants.acme.sources]
topics = ["calls.acme", "security-events.acme.*"]
[tenants.globex.sources]
topics = ["calls.globex", "calls.acmex", "security-events.acme-2.edr", "emails.globex"]
"""


async def test_a_client_can_write_its_own_topics_and_reaches_nothing_of_another_one(
    place: Place, workers: Workers, tmp_path: Path
) -> None:
    (tmp_path / "tenants.toml").write_text(CLIENTS)
    tenants = {"tenants_file": tmp_path / "tenants.toml"}
    for role in ("client", "worker", "operator", "auditor"):
        await place.grant(role)
    made = await tocsin(place.settings("operator", **tenants), "topics", "create")
    assert made.returncode == 0, made.stderr
    await make_topic(place, "security-events.acme.edr-7")
    worker = workers.start(place.settings("worker", **tenants), TOCSIN, "run")
    await worker.ready()
    prefix, client = place.all_may.topic_prefix, place.settings("client")
    own = ("calls.acme", "security-events.acme.edr-7")
    foreign = ("calls.globex", "calls.acmex", "security-events.acme-2.edr", "emails.globex", "desk.acme")
    async with AIOKafkaProducer(**client_options(client)) as producer:
        for name in own:
            await producer.send_and_wait(prefix + name, b"{}")
        await producer.send_and_wait(prefix + "calls.acme", json.dumps({**CALL, "tenant": "globex"}).encode())
        await producer.send_and_wait(prefix + "calls.acme", json.dumps({**CALL, "tenant": None}).encode())
        for name in (*foreign, *(topic.removeprefix("soc.") for topic in Topic)):
            with pytest.raises(TopicAuthorizationFailedError):
                await producer.send_and_wait(prefix + name, b"{}")
    for name in (*own, *foreign, *(topic.removeprefix("soc.") for topic in Topic)):
        with pytest.raises(TopicAuthorizationFailedError):
            async with AIOKafkaConsumer(prefix + name, **client_options(client)) as consumer:
                await consumer.getmany(timeout_ms=1000)
    refused = await until(lambda: shown(place.settings("auditor"), "dead-letters"), "the foreign call is refused")
    assert any("foreign_tenant" in line for line in refused), refused
    taken = await tocsin(place.settings("auditor"), "inbox", "export")
    assert '"acme"' in taken.stdout
    assert "globex" not in taken.stdout


async def make_topic(place: Place, name: str) -> None:
    unpacked = {"compression.type": "uncompressed"}
    async with admin_client(place.all_may) as admin:
        await admin.create_topics([NewTopic(place.all_may.topic_prefix + name, 1, 1, topic_configs=unpacked)])


def test_a_role_with_topics_of_its_own_is_granted_nothing_without_them() -> None:
    done = subprocess.run(
        [DEPLOY / "kafka-acls.sh", "client", "User:acme", "--bootstrap-server", "x"],
        env={"PATH": os.environ["PATH"], "KAFKA_ACLS": "echo"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, "needs OWN_TOPICS" in done.stderr) == (2, "", True)


async def test_who_may_read_a_topic_may_not_write_it_for_that(place: Place) -> None:
    await topics.create(place.all_may)
    await place.grant("worker")
    await assert_refused(place.settings("worker"), "publish", "calls", "-", says=f"topic {place.topic(Topic.CALLS)}")


async def test_an_alert_consumer_can_read_alerts_and_nothing_else(place: Place) -> None:
    await topics.create(place.all_may)
    await place.grant("alert-consumer")
    pager = place.settings("alert-consumer")
    async with AIOKafkaConsumer(
        place.topic(Topic.ALERTS), group_id=f"{pager.app_id}-alerts", **client_options(pager)
    ) as consumer:
        assert await consumer.getmany(timeout_ms=10) == {}
    with pytest.raises(KafkaError):
        async with AIOKafkaConsumer(
            place.topic(Topic.ALERTS), group_id=pager.app_id, **client_options(pager)
        ) as consumer:
            await consumer.getmany(timeout_ms=1000)
    for topic in Topic:
        await assert_cannot_write(pager, topic)
    for topic in set(Topic) - {Topic.ALERTS}:
        await assert_cannot_read(pager, topic)


async def assert_cannot_write(settings: Settings, topic: Topic) -> None:
    async with AIOKafkaProducer(**client_options(settings)) as producer:
        with pytest.raises(TopicAuthorizationFailedError):
            await producer.send_and_wait(settings.topic(topic), b"x")


async def assert_cannot_read(settings: Settings, topic: Topic) -> None:
    with pytest.raises(TopicAuthorizationFailedError):
        async with AIOKafkaConsumer(settings.topic(topic), **client_options(settings)) as consumer:
            await consumer.getmany(timeout_ms=1000)


@pytest.mark.parametrize("role", ["telephony", "mail-gateway", "desk", "auditor", "operator"])
async def test_no_other_role_can_write_what_only_the_worker_may(place: Place, role: str) -> None:
    await topics.create(place.all_may)
    await place.grant(role)
    for topic in (Topic.INBOX, Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS, Topic.TENANTS, Topic.DEAD_LETTERS):
        await assert_cannot_write(place.settings(role), topic)


async def test_notify_does_all_of_its_work_with_its_own_rights(place: Place, workers: Workers, tmp_path: Path) -> None:
    await topics.create(place.all_may)
    await place.grant("notify")
    settings = place.settings("notify", notify_heartbeat=1.0)
    async with Listener().listening() as siem:
        file = notify_file(tmp_path, webhook("siem", siem.url), to='"siem"')
        notify = await Notify(workers, settings, file).start()
        await say(place.all_may, [alert("a1"), alert("a2", "resolve", "a1")])
        await until(lambda: siem.ids == ["a1", "a2"], "both have arrived")
    assert len(await receipts(place.all_may)) == 2
    for command in (["status", "--json"], ["failed"], ["retire", "siem"]):
        done = await tocsin(settings, "notify", *command)
        assert done.returncode == 0, done.stderr
    notify.process.process.terminate()
    assert await notify.process.ended() == 0
    assert PASSWORDS not in notify.process.text


@pytest.mark.parametrize(
    "role", ["sensor", "telephony", "client", "desk", "mover", "redriver", "worker", "alert-consumer", "auditor"]
)
async def test_only_notify_can_say_what_became_of_a_page(place: Place, role: str) -> None:
    await topics.create(place.all_may)
    await place.grant(role)
    await place.grant("notify")
    await assert_cannot_write(place.settings(role), Topic.DELIVERIES)
    notify = place.settings("notify")
    async with AIOKafkaProducer(**client_options(notify)) as producer:
        await producer.send_and_wait(notify.topic(Topic.DELIVERIES), b"{}")
    for topic in set(Topic) - {Topic.DELIVERIES}:
        await assert_cannot_write(notify, topic)


@pytest.mark.parametrize(
    ("line", "operation", "named"),
    [
        ("security-events,calls", "Read", "topic {prefix}"),
        ("security-events,calls", "DescribeConfigs", "topic {prefix}"),
        ("inbox,tickets", "Read", "topic {prefix}"),
        ("inbox,tickets", "Write", "topic {prefix}inbox"),
        ("inbox,tickets", "DescribeConfigs", "topic {prefix}"),
        ("ticket-events,alerts", "Write", "topic {prefix}"),
        ("ticket-events,alerts", "DescribeConfigs", "topic {prefix}"),
        ("group", "Read", "consumer group {app}"),
        ("transactional-id", "Write", "transactional id {app}"),
    ],
)
async def test_a_worker_that_lacks_one_right_says_which_and_ends_with_77(
    place: Place, workers: Workers, line: str, operation: str, named: str
) -> None:
    await topics.create(place.all_may)
    await place.grant("telephony")
    await place.grant("worker", without=(line, operation))
    await publish_call(place)
    worker = workers.start(place.settings("worker"), TOCSIN, "run")
    assert await worker.ended() == REFUSED, worker.text
    expected = named.format(prefix=place.all_may.topic_prefix, app=place.all_may.app_id)
    assert expected in worker.text, worker.text
    assert "docs/security.md" in worker.text
    assert "Traceback" not in worker.text
    assert PASSWORDS not in worker.text


# Who is trusted


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
async def test_a_user_is_known_by_name_and_password(place: Place, protocol: str, mechanism: str) -> None:
    await topics.create(place.all_may)
    await place.grant("sensor")
    known = {"sasl_mechanism": mechanism, "sasl_username": "sensor", "sasl_password": f"{PASSWORDS}sensor"}
    await assert_may_publish_detections(place, place.broker.settings(protocol, **known))


async def test_a_user_is_known_by_a_token(place: Place, tmp_path: Path) -> None:
    await topics.create(place.all_may)
    await place.grant("sensor")
    token = tmp_path / "token"
    token.write_text(unsecured_token("sensor") + "\n")
    await assert_may_publish_detections(
        place, place.broker.settings("SASL_SSL", sasl_mechanism="OAUTHBEARER", sasl_token_file=token)
    )


async def test_a_user_is_known_by_a_certificate(place: Place, tmp_path: Path) -> None:
    await topics.create(place.all_may)
    await place.grant("sensor", "User:CN=sensor-7")
    certificate = place.broker.authority.issue("sensor-7")
    (tmp_path / "sensor.pem").write_bytes(certificate.pem())
    (tmp_path / "sensor.key").write_bytes(certificate.key_pem())
    ours = {"tls_certificate_file": tmp_path / "sensor.pem", "tls_key_file": tmp_path / "sensor.key"}
    await assert_may_publish_detections(place, place.broker.settings("SSL", **ours))


async def test_the_password_may_stand_in_a_file(place: Place, tmp_path: Path) -> None:
    await topics.create(place.all_may)
    await place.grant("sensor")
    (tmp_path / "password").write_text(f"{PASSWORDS}sensor\n")
    settings = place.settings("sensor", sasl_password=None, sasl_password_file=tmp_path / "password")
    await assert_may_publish_detections(place, settings)


async def assert_may_publish_detections(place: Place, settings: Settings) -> None:
    """So the brokers know that it is a sensor."""
    here = settings.model_copy(update={"topic_prefix": place.all_may.topic_prefix})
    done = await tocsin(here, "publish", "security-events", "-", stdin="{}")
    assert done.returncode == 0, done.stderr
    await assert_refused(here, "publish", "calls", "-", says="do not permit")


def unsecured_token(subject: str, seconds: float = 3600) -> str:
    """For Kafka's own handler of unsecured tokens."""
    claims = {"sub": subject, "iat": time.time() - 10, "exp": time.time() + seconds}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, claims)
    ]
    return ".".join([*parts, ""])


async def test_a_token_is_read_anew_for_each_connection_and_a_refused_one_does_not_pass_for_accepted(
    place: Place, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.write_text(unsecured_token("sensor", seconds=-60))
    options = client_options(place.broker.settings("SASL_SSL", sasl_mechanism="OAUTHBEARER", sasl_token_file=token))
    with pytest.raises(KafkaConnectionError):
        async with AIOKafkaProducer(**options):
            pass
    assert "does not know us by OAUTHBEARER: the token was refused" in str(await refused_connection(options))
    token.unlink()
    assert "No such file" in str(await refused_connection(options))
    token.write_text(unsecured_token("sensor"))
    async with AIOKafkaProducer(**options):
        pass


async def test_a_worker_waits_while_its_token_is_refused_and_goes_on_when_a_new_one_lies_in_its_place(
    place: Place, workers: Workers, tmp_path: Path
) -> None:
    await topics.create(place.all_may)
    for role in ("telephony", "worker", "alert-consumer"):
        await place.grant(role)
    token = tmp_path / "token"
    token.write_text(unsecured_token("worker"))
    known = {"sasl_mechanism": "OAUTHBEARER", "sasl_token_file": token, "sasl_username": None, "sasl_password": None}
    worker = workers.start(place.settings("worker", **known), TOCSIN, "run")
    await worker.ready()
    token.write_text(unsecured_token("worker", seconds=-60))
    await until(lambda: worker.get("/readyz")[0] == 503, "brokers have asked for the token again")
    token.write_text(unsecured_token("worker"))
    await worker.ready()
    await publish_call(place)
    assert await until(lambda: shown(place.settings("alert-consumer"), "alerts"), "an alert is published")
    assert worker.process.poll() is None
    assert "Traceback" not in worker.text


# What is said when it does not work


def wrong(place: Place, folder: Path, what: str) -> Settings:
    """Settings with one thing wrong."""
    other = Authority("Another CA")
    (folder / "other-ca.pem").write_bytes(other.pem())
    strange = other.issue("worker")
    (folder / "strange.pem").write_bytes(strange.pem() + strange.key_pem())
    port = {name: f"127.0.0.1:{number}" for name, number in place.broker.ports.items()}
    worker = place.settings("worker")
    changes: dict[str, dict[str, Any]] = {
        "authority": {"tls_ca_file": folder / "other-ca.pem"},
        "no authority": {"tls_ca_file": None},
        "host name": {"bootstrap": worker.bootstrap.replace("127.0.0.1", "localhost")},
        "password": {"sasl_password": f"{PASSWORDS}wrong"},
        "user": {"sasl_username": "nobody"},
        "mechanism": {"bootstrap": port["PLAINTEXT"], "security_protocol": "SASL_PLAINTEXT"},
        "no certificate": {"bootstrap": port["SSL"], "security_protocol": "SSL"},
        "strange certificate": {
            "bootstrap": port["SSL"],
            "security_protocol": "SSL",
            "tls_certificate_file": folder / "strange.pem",
        },
        "no SASL": {"security_protocol": "SSL"},
        "no TLS": {"security_protocol": "PLAINTEXT"},
        "TLS": {"bootstrap": port["PLAINTEXT"]},
    }
    return Settings(**{**worker.model_dump(exclude_none=True), **changes[what]})


WRONG = {
    "authority": "is not trusted: unable to get local issuer certificate. The setting tls_ca_file",
    "no authority": "is not trusted: unable to get local issuer certificate. The setting tls_ca_file",
    "host name": "is not trusted: Hostname mismatch, certificate is not valid for 'localhost'",
    "password": "does not know us by SCRAM-SHA-512",
    "user": "does not know us by SCRAM-SHA-512",
    "mechanism": "does not take SCRAM-SHA-512",
    "no certificate": "ended TLS: tlsv13 alert certificate required. If it asks for a certificate",
    "strange certificate": "ended TLS: ",
    "no SASL": "ends the connection at once. Does it speak SSL there?",
    "no TLS": "ends the connection at once. Does it speak PLAINTEXT there?",
    "TLS": "ends the connection at once. Does it speak SASL_SSL there?",
}


@pytest.mark.parametrize("what", WRONG)
async def test_a_command_says_what_is_wrong_and_ends_with_77(place: Place, tmp_path: Path, what: str) -> None:
    await assert_refused(wrong(place, tmp_path, what), "tail", "alerts", says=WRONG[what])


@pytest.mark.parametrize("what", ["authority", "password"])
async def test_a_worker_says_what_is_wrong_and_ends_with_77(
    place: Place, workers: Workers, tmp_path: Path, what: str
) -> None:
    worker = workers.start(wrong(place, tmp_path, what), TOCSIN, "run")
    assert await worker.ended() == REFUSED
    assert WRONG[what] in worker.text
    assert "Traceback" not in worker.text
    assert PASSWORDS not in worker.text


async def test_brokers_that_send_us_on_in_plaintext_are_not_followed(place: Place) -> None:
    """As one behind a tunnel does: it is reached on loopback and names an address beyond."""
    detour = place.all_may.model_copy(update={"bootstrap": f"127.0.0.1:{place.broker.ports['DETOUR']}"})
    done = await tocsin(detour, "tail", "alerts")
    assert (done.returncode, "would reach 192.0.2.1 in plaintext" in done.stderr) == (2, True), done.stderr
