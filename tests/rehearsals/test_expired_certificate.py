"""Certificates expire, of the brokers and of ours: a running worker goes on with renewed ones, and tells all once."""

import datetime as dt
from pathlib import Path

from patience import until
from secured import Authority
from tests.conftest import UsesBroker
from tests.rehearsals.recovery import Commands
from tests.rehearsals.shift import RUN, all_overdue, calls_missed, detections, overdue, told_of
from workers import Workers

from tocsin.dev.kafka import HOST, LocalKafka, free_port, install
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

EXPIRED = dt.timedelta(hours=-1)


async def test_a_worker_goes_on_with_renewed_certificates_when_those_of_the_broker_and_its_own_had_expired(
    workers: Workers, tmp_path: Path, uses_broker: UsesBroker
) -> None:
    authority, plain, encrypted = issue(tmp_path), free_port(), free_port()
    kafka = LocalKafka(install(), tmp_path / "kafka", plain, properties=properties(tmp_path, plain, encrypted))
    with kafka:
        uses_broker(kafka.version)
        ours = Settings(bootstrap=kafka.bootstrap, partitions=3, heartbeat_tick=1, web_port=0)
        files = {"tls_ca_file": tmp_path / "ca.pem", "tls_certificate_file": tmp_path / "own.pem"}
        settings = ours.model_copy(update={**files, "bootstrap": f"{HOST}:{encrypted}", "security_protocol": "SSL"})
        await topics.create(ours)
        worker = workers.start(settings, *RUN)
        await worker.ready()
        assert 'certificate="tls_certificate_file"' in worker.get("/metrics")[1]
        due = await calls_missed(ours, "call", due_in=5)

        restart(kafka, tmp_path, authority, EXPIRED)
        await until(lambda: worker.get("/readyz")[0] == 503, "the worker cannot connect")
        await detections(ours, "while it has expired")
        with Commands.of("An expired certificate", settings, tmp_path) as commands:
            said = await commands.type(77)
            for whose in ("the broker at", "tls_certificate_file"):
                assert f"The certificate of {whose}" in said
            assert said.count("expired at") == 2
            issue(tmp_path, authority)
            restart(kafka, tmp_path, authority)
            await until(lambda: told_of(ours, "while it has expired"), "the same worker alerts")
            await until(lambda: all_overdue(ours, due), "what fell due is told")
            assert worker.process.poll() is None
            said = await commands.type()
        assert "all that was said follows from them" in said
        assert set((await overdue(ours, due)).values()) == {1}


def issue(folder: Path, authority: Authority | None = None, lasts: dt.timedelta = dt.timedelta(days=90)) -> Authority:
    """Put certificates of the broker and of the worker into their files, by a new authority where there is none."""
    authority = authority or Authority("Test CA", dt.timedelta(days=900))
    broker, own = authority.issue("broker", [HOST], lasts), authority.issue("worker", lasts=lasts)
    for name, content in {
        "ca.pem": authority.pem(),
        "broker.pem": broker.key_pem() + broker.pem(),
        "own.pem": own.key_pem() + own.pem(),
    }.items():
        (folder / "new").write_bytes(content)
        (folder / "new").replace(folder / name)
    return authority


def restart(kafka: LocalKafka, folder: Path, authority: Authority, lasts: dt.timedelta | None = None) -> None:
    """So that all connect anew; with `lasts`, by certificates that last so long from now on."""
    kafka.stop()
    if lasts is not None:
        issue(folder, authority, lasts)
    kafka.start()


def properties(folder: Path, plain: int, encrypted: int) -> dict[str, str]:
    """A listener for whoever shows a certificate, beside the one in clear, by which the test speaks."""
    controller = free_port()
    clients = f"PLAINTEXT://{HOST}:{plain},SSL://{HOST}:{encrypted}"
    return {
        "listeners": f"{clients},CONTROLLER://{HOST}:{controller}",
        "advertised.listeners": clients,
        "controller.quorum.voters": f"1@{HOST}:{controller}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,SSL:SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(folder / "broker.pem"),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(folder / "ca.pem"),
        "listener.name.ssl.ssl.client.auth": "required",
    }
