"""The trial of decision 34: persons in the log as keyed pseudonyms, with the clear values under a key per person.

    python tests/benchmarks/forgetting.py [--rounds 5] [--persons 1000000]

Every recorded history goes through intake; what intake writes to the inbox is rewritten as that decision would have
it, and folded. Told is: what comes out otherwise than without it (alerts without their titles, events without persons),
what it costs a record in processor time and bytes, what it takes to hold the keys, and how fast `tocsin forget` reads.
No worker writes such records.
"""

import argparse
import base64
import gc
import hmac
import json
import os
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.state.persons import WITHHELD, normal
from tocsin.engine.shard import Shard
from tocsin.forgetting.person import person
from tocsin.forgetting.search import Search
from tocsin.messages import inbox
from tocsin.messages.intake import Intake, Limits, is_adoption
from tocsin.messages.record import Output, Record, Topic
from tocsin.messages.sent import Sent
from tocsin.replay import line
from tocsin.tenants.directory import TenantDirectory

HISTORIES = Path(__file__).parents[1] / "histories"
LIBRARY = ContractLibrary.load(None)
TENANT_KEY = b"k" * 32
AFTER_MS = 40 * 86_400_000

WHO = ("from", "to", "failed", "contact", "phones", "emails", "name")
"""Members of an input by which a person is found again. Only those of calls, mails, requests and contacts are."""

TEXT = ("subject", "summary", "note", "detail")
"""Members that nothing is decided by, once intake has read them: sealed whole, under the key of who sent them."""

ADOPTION = "tocsin.contract.adopt"
KINDS = ("tocsin.call", "tocsin.email", "tocsin.request", "tocsin.status", "tocsin.equipment", "tocsin.deletion")

Pseudonym = Callable[[str], str]


def _mac(value: str) -> str:
    return hmac.new(TENANT_KEY, value.encode(), sha256).hexdigest()[:32]


def opaque(value: str) -> str:
    """A pseudonym that shows nothing."""
    return f"~{_mac(value)}"


def shaped(value: str) -> str:
    """One that shows how somebody is reached, and the domain of a mail address."""
    local, at, domain = value.rpartition("@")
    if at:
        return f"{_mac(value)}@{domain}" if local else value
    return f"+{_mac(value)}" if value[:1] == "+" or value.isdecimal() else opaque(value)


class Keys:
    """The keys of persons by their pseudonym, as a key store would hold them."""

    def __init__(self) -> None:
        self.of: dict[str, AESGCM] = {}

    def seal(self, person: str, clear: str) -> str:
        """The clear value under the key of that person, as text for JSON."""
        key = self.of.get(person)
        if key is None:
            key = self.of[person] = AESGCM(os.urandom(32))
        nonce = os.urandom(12)
        return base64.b64encode(nonce + key.encrypt(nonce, clear.encode(), person.encode())).decode()

    def open(self, person: str, sealed: str) -> str:
        """The clear value again. Raises `KeyError` once the key is gone."""
        raw = base64.b64decode(sealed)
        return self.of[person].decrypt(raw[:12], raw[12:], person.encode()).decode()


class Rewriting:
    """Rewrites what stands in the inbox."""

    def __init__(self, pseudonym: Pseudonym) -> None:
        self.keys = Keys()
        self.bytes = Counter[str]()
        self.values = Counter[str]()
        self._pseudonym = pseudonym

    def value(self, written: bytes) -> bytes:
        """The record as the decision would have it; the sealed values come along in `sealed` and are not folded."""
        event = msgspec.json.decode(written)
        data = event.get("data") or {}
        sealed: dict[str, str] = {}
        people = [data] if event["type"].startswith(KINDS) else []
        if event["type"] == ADOPTION:
            people = data.get("contacts", [])
        for each in people:
            self._rewrite(each, sealed)
        rewritten = msgspec.json.encode(event)
        if event["type"].startswith(KINDS):
            self.bytes["before"] += len(written)
            self.bytes["after"] += len(msgspec.json.encode({**event, "sealed": sealed}))
            self.values["records"] += 1
            self.values["persons"] += len(sealed)
        return rewritten

    def _rewrite(self, data: dict[str, Any], sealed: dict[str, str]) -> None:
        first = ""
        for name in WHO:
            if isinstance(value := data.get(name), str):
                data[name] = first = self._hide(value, sealed, named=name in ("name", "contact"))
            elif isinstance(value, list):
                data[name] = [self._hide(each, sealed, named=False) for each in value]
        for name in TEXT:
            if isinstance(value := data.get(name), str) and value:
                data[name] = self.keys.seal(first or "nobody", value)
                self.values["texts"] += 1

    def _hide(self, value: str, sealed: dict[str, str], *, named: bool) -> str:
        if not value or value == WITHHELD or value.startswith("nobody ("):
            return value
        bare = value if "@" in value or value[:1] == "+" or not named else normal(value)
        pseudonym = self._pseudonym(bare)
        if pseudonym not in sealed:
            sealed[pseudonym] = self.keys.seal(pseudonym, value)
        return pseudonym


def taken_in(history: Path) -> list[Record]:
    """The inbox that intake makes of a history."""
    tenants_file = history.with_name(f"{history.stem}.tenants.toml")
    default = history.parent.name if history.parent.name in LIBRARY.names() else "esentire"
    tenants = TenantDirectory.from_file(tenants_file if tenants_file.exists() else None, LIBRARY, default)
    limits = Limits(sent=Sent.PROVEN if tenants.authserv_ids else Sent.AS_RECORDED)
    intake, adopted, records, clock = Intake(tenants, 1, limits=limits), set[bytes | None](), list[Record](), 0
    for number, text in enumerate(history.read_bytes().splitlines(), start=1):
        read = line.read(text)
        clock = max(clock, read.recorded_at)
        came = Record(read.topic, 0, number, read.recorded_at, read.key, read.value, read.headers, read.own)
        for output in (output for chunk in intake.fold([came]) for output in chunk.outputs):
            if output.topic is Topic.INBOX and not (is_adoption(output) and output.key in adopted):
                adopted |= {output.key} if is_adoption(output) else set()
                records.append(Record(Topic.INBOX, 0, len(records), clock, output.key, output.value))
    return [*records, Record(Topic.INBOX, 0, len(records), clock + AFTER_MS, None, inbox.TICK)]


def told(records: list[Record]) -> list[dict[str, Any]]:
    """What comes of an inbox, without what tells of persons: titles, `persons`, what hashes cover."""
    shard = Shard(0)
    shard.cut_repeats_after(records[-1].timestamp - AFTER_MS)
    return [_without_persons(output) for chunk in shard.fold(records) for output in chunk.outputs if _is_said(output)]


def _is_said(output: Output) -> bool:
    return output.topic in (Topic.ALERTS, Topic.TICKET_EVENTS)


def _without_persons(output: Output) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(output.value or b"{}")
    for name in ("persons", "persons_digest", "hash", "prev"):
        said.pop(name, None)
    for name in ("title", "detail", "contact"):
        said.get("data", {}).pop(name, None)
    return said


def difference(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> str:
    """The kinds of events and alerts that came or went; empty where all is the same."""
    old, new = (Counter(json.dumps(each, sort_keys=True) for each in said) for said in (before, after))
    kinds = {json.loads(each)["type"] for each in (*(old - new), *(new - old))}
    return ", ".join(sorted(kinds))


def compare(histories: list[Path]) -> Iterator[str]:
    """How many histories come out otherwise, by the way in which persons are rewritten."""
    inboxes = {history: taken_in(history) for history in histories}
    for name, pseudonym in (("none (control)", str), ("opaque", opaque), ("shaped", shaped)):
        rewriting, other = Rewriting(pseudonym), dict[str, str]()
        for history, records in inboxes.items():
            changed = [it._replace(value=rewriting.value(it.value or b"{}")) if it.key else it for it in records]
            if found := difference(told(records), told(changed)):
                other[history.stem] = found
        yield f"{name}: {len(other)} of {len(histories)} histories come out otherwise"
        yield from (f"    {stem[:90]}: {found[:110]}" for stem, found in sorted(other.items()))
        counts, size = rewriting.values, rewriting.bytes
        many = counts["records"]
        persons, texts = counts["persons"] / many, counts["texts"] / many
        before, after = size["before"] / many, size["after"] / many
        yield f"    {many} calls, mails, requests: {persons:.2f} persons, {texts:.2f} texts"
        yield f"    each, {before:.0f} -> {after:.0f} bytes; {len(rewriting.keys.of)} keys"


def microseconds(work: Callable[[], object], rounds: int, count: int = 20_000) -> float:
    """Processor time of one call, the best of so many rounds."""
    best = float("inf")
    for _ in range(rounds):
        gc.collect()
        began = time.process_time()
        for _ in range(count):
            work()
        best = min(best, time.process_time() - began)
    return best / count * 1e6


def costs(rounds: int) -> Iterator[str]:
    """The price of the pieces."""
    keys, number = Keys(), "+14165550100"
    sealed = keys.seal(opaque(number), number)
    yield f"a pseudonym: {microseconds(lambda: opaque(number), rounds):.1f} us"
    yield f"a seal under a known key: {microseconds(lambda: keys.seal(opaque(number), number), rounds):.1f} us, with it"
    yield f"a seal under a new key: {microseconds(lambda: Keys().seal('~', number), rounds):.1f} us"
    yield f"opening: {microseconds(lambda: keys.open(opaque(number), sealed), rounds):.1f} us"
    yield f"{len(number)} bytes become {len(opaque(number))} and {len(sealed)}"


def searching(histories: list[Path]) -> Iterator[str]:
    """How fast `tocsin forget --dry-run` reads: the inbox of all histories, and what comes of it."""
    persons = [person("+14165550199"), person("nobody@nowhere.example"), person("Nobody Atall")]
    inboxes = [taken_in(history) for history in histories]
    records = [it for inbox in inboxes for it in (*inbox, *came_of(inbox)) if not _carries_a_contract(it)]
    size, search = sum(len(it.value or b"") for it in records), Search(persons, None)
    began = time.process_time()
    found = sum(1 for _ in search.places(records, lambda _: None))
    took = time.process_time() - began
    rate = f"{len(records) / took:,.0f} a second, {size / took / 1e6:.1f} MB/s"
    yield f"searched for three persons: {len(records):,} records, {rate}, contracts left out; {found} places"


def _carries_a_contract(record: Record) -> bool:
    """True for the few records that hold a whole contract, which take 8 ms each."""
    return (record.key or b"").startswith(b"contract/") or ADOPTION.encode() in (record.value or b"")


def came_of(records: list[Record]) -> Iterator[Record]:
    """All that the fold writes of an inbox."""
    shard = Shard(0)
    shard.cut_repeats_after(records[-1].timestamp - AFTER_MS)
    for number, it in enumerate(output for chunk in shard.fold(records) for output in chunk.outputs):
        yield Record(it.topic, 0, number, it.timestamp, it.key, it.value, it.headers)


def key_store(persons: int) -> Iterator[str]:
    """What so many keys weigh, and how long it takes to read them as lines."""
    lines = [b'{"%s":"%s"}' % (_mac(str(it)).encode(), base64.b64encode(os.urandom(32))) for it in range(persons)]
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    held: dict[str, str] = {}
    for each in lines:
        held.update(msgspec.json.decode(each))
    took, grown = time.process_time() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    size = sum(map(len, lines)) / 1e6
    yield f"{persons:,} keys: {size:.0f} MB as records, read in {took:.1f} s, {grown / 1024:.0f} MB held"


def main() -> None:
    """Run the trial."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--persons", type=int, default=1_000_000)
    chosen = parser.parse_args()
    histories = sorted(HISTORIES.glob("*/*.jsonl"))
    for said in compare(histories):
        sys.stdout.write(f"{said}\n")
    for said in (*costs(chosen.rounds), *key_store(chosen.persons), *searching(histories)):
        sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main()
