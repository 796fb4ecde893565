"""Coverage-guided fuzzing of intake, with atheris: whatever the bytes, there is a verdict of the closed list.

    make fuzz                         # ten minutes, all topics
    make fuzz SECONDS=60
    .tocsin/fuzz/bin/python tools/fuzz.py --seconds 60 --corpus .tocsin/fuzz/corpus

The samples of the tests are the seeds. An input is a topic, a shape of headers and the value. Exit status 0: nothing
was found. Otherwise the input that broke intake is in `crash-...`, and is run again by naming it as an argument.
"""

import argparse
import resource
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["tocsin.messages"]):
    from tocsin.messages.dead_letters import DeadLetterReason
    from tocsin.messages.intake import Intake
    from tocsin.messages.record import INPUT_TOPICS, Headers, Record

import tocsin
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.instant import parse
from tocsin.messages import inbox
from tocsin.messages.record import Topic
from tocsin.tenants.directory import TenantDirectory

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "tests" / "data" / "sensors"
TENANTS = Path(tocsin.__file__).parent / "tenants" / "tenants.example.toml"
MEMORY_MIB = 64
"""The most that one input may take; its value has at most 64 KiB."""

STAMP = parse("2026-03-01T09:00:00Z")
_ACME = (("tenant", b"acme"),)
_BINARY = tuple(
    (f"ce_{name}", text)
    for name, text in (
        ("specversion", b"1.0"),
        ("id", b"1"),
        ("source", b"s"),
        ("type", b"tocsin.detection"),
        ("tenant", b"acme"),
    )
)
HEADERS: tuple[Headers, ...] = (
    _ACME,
    (),
    (*_ACME, ("sensor", b"edr")),
    _BINARY,
    (*_ACME, ("content-type", b"application/cloudevents+json")),
    (*_ACME, ("content-type", b"message/rfc822")),
    (*_ACME, ("content-type", b"application/x-www-form-urlencoded")),
)
_EVENT = b'{"specversion":"1.0","id":"1","source":"s","tenant":"acme","time":"2026-03-01T09:00:00Z","type":"tocsin.'
_OTHERS = {
    "call": (Topic.CALLS, 0, _EVENT + b'call.missed","data":{"call":"c","from":"+15550100","to":"+15550200"}}'),
    "form": (Topic.CALLS, 6, b"CallSid=CA1&CallStatus=no-answer&From=%2B15550100&To=%2B15550200&Direction=inbound"),
    "desk": (Topic.DESK, 0, _EVENT + b'desk.note","data":{"ticket":"ACME-000001","analyst":"Ann","note":"x"}}'),
    "mail": (
        Topic.EMAILS,
        5,
        (
            b"From: =?utf-8?q?J=C3=B6?= <jo@acme.example>\r\nTo: acme@soc.example\r\nMessage-ID: <1@acme.example>\r\n"
            b"Date: Sun, 1 Mar 2026 09:00:00 +0000\r\nSubject: Help\r\nReferences: <0@soc.example>\r\n"
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n--b--'
        ),
    ),
}
"""Topic, place of the headers, and value."""

_TENANTS = TenantDirectory.from_file(TENANTS, ContractLibrary.load(None), "esentire")


class Broken(Exception):  # noqa: N818 - says what is the matter with intake
    """Intake did what it must not do."""


def judge(data: bytes) -> None:
    """Let intake judge the input in `data`. Raises `Broken`."""
    before = _peak_mib()
    _judge(data)
    if _peak_mib() - before > MEMORY_MIB:
        raise Broken(f"one input took more than {MEMORY_MIB} MiB")


def _peak_mib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _judge(data: bytes) -> None:
    if len(data) < 2:  # noqa: PLR2004 - the topic and the headers
        return
    topic, headers = INPUT_TOPICS[data[0] % len(INPUT_TOPICS)], HEADERS[data[1] % len(HEADERS)]
    intake = Intake(_TENANTS, inbox_partitions=1)
    record = Record(topic, 0, 0, STAMP, None, data[2:], headers)
    outputs = [output for chunk in intake.fold([record]) for output in chunk.outputs]
    if intake.accepted + intake.dead_letters.total() + intake.ignored.total() == 0:
        raise Broken("no verdict")
    if intake.dead_letters[DeadLetterReason.ADAPTER_FAILED]:
        raise Broken("an adapter raised what it may not")
    for output in outputs:
        if output.topic is Topic.INBOX:
            inbox.decode(Record(Topic.INBOX, 0, 0, STAMP, output.key, output.value))


def seed(corpus: Path) -> None:
    """Put the samples of sensors into `corpus`, and one of each other kind of message."""
    corpus.mkdir(parents=True, exist_ok=True)
    for file in SAMPLES.glob("*/*"):
        if file.suffix in (".json", ".txt"):
            _put(corpus / f"{file.parent.name}-{file.name}", Topic.SECURITY_EVENTS, 0, file.read_bytes())
    for name, (topic, headers, value) in _OTHERS.items():
        _put(corpus / name, topic, headers, value)


def _put(file: Path, topic: Topic, headers: int, value: bytes) -> None:
    file.write_bytes(bytes((INPUT_TOPICS.index(topic), headers)) + value)


def main() -> None:
    """Fuzz for the seconds that the command line gives, or run the inputs that it names."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=ROOT / ".tocsin" / "fuzz" / "corpus")
    parser.add_argument("inputs", nargs="*", help="files to run again")
    asked = parser.parse_args()
    limits = ["-max_len=65538", "-rss_limit_mb=1024", "-timeout=10"]
    if not asked.inputs:
        seed(asked.corpus)
        limits += [f"-max_total_time={asked.seconds}", str(asked.corpus)]
    atheris.Setup([sys.argv[0], *limits, *asked.inputs], judge)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
