"""Intake: what strangers sent becomes a record of the inbox, or a dead letter, or is ignored and counted.

It keeps no state of its own but counts, so it may be thrown away and begun anew at any record. Whether an
input is a repeat is not decided here but in the fold over the inbox, where the log decides it.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from tocsin.domain.commands.inbound import AdoptContract, Body, Detection, EmailSent
from tocsin.domain.tlp import strictest
from tocsin.messages import inbox
from tocsin.messages.arrival import Accepted, Arrival, salt_of
from tocsin.messages.correlation import qualified
from tocsin.messages.dead_letters import DeadLetterReason, Rejected, dead_letter
from tocsin.messages.ignored import IgnoredKind
from tocsin.messages.known_tenants import Tenants
from tocsin.messages.mail.concerned import for_each, to_others
from tocsin.messages.mail.headers import looks_like_mail
from tocsin.messages.numbers import in_region, not_told
from tocsin.messages.partitioning import partition_of
from tocsin.messages.record import RAW_MAIL, VALUE_BYTES, Chunk, Headers, Output, Record, Topic
from tocsin.messages.redriven import REDRIVEN_FROM, redriven
from tocsin.messages.sent import Sent
from tocsin.messages.verdicts import Verdict, verdicts

CHUNK_RECORDS_MAX = 2_000
CHUNK_BYTES_MAX = 4 * 1024 * 1024
"""A chunk is one transaction: this much output, or a little more. All that comes of one record is in one chunk."""

KEY_BYTES_MAX = 1_024
HEADERS_MAX = 64
HEADER_BYTES_MAX = 16 * 1024
"""Bounds of what stands beside the value; the value has its own."""

ADOPTION_SOURCE = "tocsin/intake"
"""The `source` of an adoption that intake itself writes."""

_ADOPTION = f'"type":"{AdoptContract.TYPE}"'.encode()
_TENANTS_REMEMBERED_MAX = 10_000


class IntakeFlooded(Exception):  # noqa: N818 - says what happened; intake of this partition halts on it
    """So many dead letters in a row that something is wrong upstream: the topic must not drain into them."""


class Limits(NamedTuple):
    """The bounds of what intake takes.

    `value_bytes` is the largest value. Of a raw mail that is longer than `mail_bytes` the beginning is read, which has
    its headers. `flood` is the number of dead letters in a row at which intake halts; None: it never does.
    `sent` says what counts as sent by us.
    """

    value_bytes: int = VALUE_BYTES
    mail_bytes: int = 1024 * 1024
    flood: int | None = None
    sent: Sent = Sent.PROVEN


NO_FLOOD = Limits()
"""The usual limits, without an end to dead letters."""


class Intake:
    """Intake of one partition of an input topic, as a `PipelineStep`.

    `inbox_partitions` is how many partitions the inbox has; a tenant's records all go to the one that every Kafka
    client would choose for its name. `fold` raises `IntakeFlooded` instead of committing as many dead letters in a row
    as `limits` has. An ignored input neither lengthens the row nor ends it. `ignored_types` are event types that the
    settings name. `warn` is told of each number that is compared as it is written: tenant, number, origin.
    `adopted` are the tenants whose adoption stands in the inbox: intakes that write to one inbox may share the set.
    """

    def __init__(  # noqa: PLR0913 - what only a worker gives is named at the call
        self,
        tenants: Tenants,
        inbox_partitions: int,
        limits: Limits = NO_FLOOD,
        ignored_types: frozenset[str] = frozenset(),
        warn: Callable[[str, str, str], None] | None = None,
        *,
        adopted: set[str] | None = None,
    ) -> None:
        self.accepted = 0
        """Inputs that went to the inbox."""
        self.dead_letters: Counter[DeadLetterReason] = Counter()
        """Dead letters by reason."""
        self.ignored: Counter[IgnoredKind] = Counter()
        """Inputs that need no answer, by kind."""
        self._tenants = tenants
        self._limits = limits
        self._ignored_types = ignored_types
        self._warn = warn
        self._dead_letters_in_a_row = 0
        self._inbox_partitions = inbox_partitions
        self._partition_of: dict[str, int] = {}
        self._adopted = set() if adopted is None else adopted

    def fold(self, records: Iterable[Record]) -> Iterator[Chunk]:
        """Judge `records` in order. A chunk counts as committed when the next one is asked for.

        Raises `IntakeFlooded`.
        """
        chunk = _Chunk(self._dead_letters_in_a_row)
        for record in records:
            self._judge(record, chunk)
            if chunk.is_full:
                yield chunk.closed()
                self._remember(chunk)
                chunk = _Chunk(self._dead_letters_in_a_row)
        if chunk.records:
            yield chunk.closed()
            self._remember(chunk)

    def _judge(self, record: Record, chunk: "_Chunk") -> None:
        chunk.position = record.offset + 1
        chunk.records += 1
        try:
            found = verdicts(self._arrival(record))
        except Rejected as rejected:
            found = ((Arrival(record, record.value or b"", self._tenants), rejected),)
        self._watch_for_a_flood(record, found, chunk)
        for arrival, verdict in found:
            if isinstance(verdict, Accepted):
                self._accept(arrival, verdict, chunk)
            elif isinstance(verdict, Rejected):
                chunk.dead_letters[verdict.reason] += 1
                chunk.add(dead_letter(record, verdict, arrival.element))
            else:
                chunk.ignored[verdict.kind] += 1

    def _accept(self, arrival: Arrival, accepted: Accepted, chunk: "_Chunk") -> None:
        chunk.accepted += 1
        for one in for_each(accepted):
            if one.tenant not in self._adopted and one.tenant not in chunk.adopted:
                chunk.adopted.add(one.tenant)
                chunk.add(self._adoption(arrival, one.tenant))
            chunk.add(self._inbox_record(arrival, one))

    def _arrival(self, record: Record) -> Arrival:
        """`record`, once its size is known to be bearable. Raises `Rejected`."""
        value = record.value
        if not value:
            raise Rejected(DeadLetterReason.EMPTY, "no value")
        limit = self._limits.mail_bytes if record.topic in RAW_MAIL else self._limits.value_bytes
        if len(value) > limit:
            value = _beginning(record, value, limit)
        if record.key is not None and len(record.key) > KEY_BYTES_MAX:
            raise Rejected(DeadLetterReason.TOO_LARGE, f"the key has more than {KEY_BYTES_MAX} bytes")
        if record.headers and _are_too_large(record.headers):
            raise Rejected(
                DeadLetterReason.TOO_LARGE, f"more than {HEADERS_MAX} headers or {HEADER_BYTES_MAX} bytes of them"
            )
        arrival = Arrival(record, value, self._tenants, self._ignored_types, limit)
        if record.own and arrival.owner is None:
            raise Rejected(DeadLetterReason.NO_TENANT, "the topic belongs to no tenant of the tenants file")
        arrival.sent = self._limits.sent
        return arrival

    def _watch_for_a_flood(self, record: Record, found: Sequence[tuple[Arrival, Verdict]], chunk: "_Chunk") -> None:
        """Count the records in a row of which nothing was accepted and something refused. Raises `IntakeFlooded`."""
        rejected = None
        for _, verdict in found:
            if isinstance(verdict, Accepted):
                chunk.dead_letters_in_a_row = 0
                return
            if rejected is None and isinstance(verdict, Rejected):
                rejected = verdict
        if rejected is None:
            return
        chunk.dead_letters_in_a_row += 1
        if self._limits.flood is not None and chunk.dead_letters_in_a_row >= self._limits.flood:
            raise IntakeFlooded(
                f"{chunk.dead_letters_in_a_row} dead letters in a row up to {record.name}/{record.partition}/"
                f"{record.offset}, the last one for {rejected.reason} ({rejected.detail}); put right what publishes "
                "there, or raise dead_letter_flood to let them pass"
            )

    def _adoption(self, arrival: Arrival, tenant: str) -> Output:
        """The adoption that stands in the log before the first input of `tenant`; a repeated one changes nothing."""
        body = self._tenants.adoption(tenant)
        identity = sha256(f"{tenant}\0{body.contract_hash}\0{body.plan}".encode()).hexdigest()
        value = inbox.encode(
            body,
            tenant=tenant,
            source=ADOPTION_SOURCE,
            input_id=identity,
            time=None,
            salt=salt_of(msgspec.json.encode(msgspec.structs.asdict(body))),
            origin=arrival.origin,
        )
        return self._output(arrival.record, tenant, value)

    def _inbox_record(self, arrival: Arrival, accepted: Accepted) -> Output:
        value = inbox.encode(
            self._body(arrival, accepted),
            tenant=accepted.tenant,
            source=accepted.source,
            input_id=accepted.id or arrival.derived_id(accepted.tenant),
            time=accepted.time,
            salt=salt_of(arrival.value),
            origin=arrival.origin,
            trace=accepted.trace or arrival.trace(),
            tlp=strictest(accepted.tlp, arrival.tlp),
            again=redriven(arrival.record) if REDRIVEN_FROM in arrival.headers else None,
        )
        return self._output(arrival.record, accepted.tenant, value)

    def _body(self, arrival: Arrival, accepted: Accepted) -> Body:
        """What was accepted, with what is known of it once its tenant and its source are known."""
        if isinstance(accepted.body, Detection):  # nearly everything that comes
            return qualified(accepted.body, accepted.namespace or accepted.source)
        body = in_region(accepted.body, self._tenants.region(accepted.tenant))
        if self._warn is not None and (number := not_told(body)) is not None:
            self._warn(accepted.tenant, number, arrival.origin)
        return to_others(body, self._tenants) if isinstance(body, EmailSent) else body

    def _output(self, record: Record, tenant: str, value: bytes) -> Output:
        key = tenant.encode()
        partition = self._partition_of.get(tenant)
        if partition is None:
            if len(self._partition_of) >= _TENANTS_REMEMBERED_MAX:
                self._partition_of.clear()
            partition = self._partition_of[tenant] = partition_of(key, self._inbox_partitions)
        return Output(Topic.INBOX, partition, key, value, record.timestamp)

    def _remember(self, chunk: "_Chunk") -> None:
        """Remember what is committed now."""
        self.accepted += chunk.accepted
        self.dead_letters += chunk.dead_letters
        self.ignored += chunk.ignored
        self._dead_letters_in_a_row = chunk.dead_letters_in_a_row
        if len(self._adopted) + len(chunk.adopted) > _TENANTS_REMEMBERED_MAX:
            self._adopted.clear()
        self._adopted |= chunk.adopted


class _Chunk:
    """A chunk in the making, and what it will have changed once it is committed."""

    def __init__(self, dead_letters_in_a_row: int) -> None:
        self.outputs: list[Output] = []
        self.position = 0
        self.records = 0
        self.bytes = 0
        self.accepted = 0
        self.dead_letters: Counter[DeadLetterReason] = Counter()
        self.ignored: Counter[IgnoredKind] = Counter()
        self.dead_letters_in_a_row = dead_letters_in_a_row
        self.adopted: set[str] = set()

    def add(self, output: Output) -> None:
        self.outputs.append(output)
        self.bytes += len(output.value or b"")

    @property
    def is_full(self) -> bool:
        many = self.records >= CHUNK_RECORDS_MAX or len(self.outputs) >= 2 * CHUNK_RECORDS_MAX
        return many or self.bytes >= CHUNK_BYTES_MAX

    def closed(self) -> Chunk:
        return Chunk(self.outputs, self.position)


def is_adoption(output: Output) -> bool:
    """True if `output` is an adoption that intake itself writes before a tenant's first input."""
    if output.topic is not Topic.INBOX or _ADOPTION not in (output.value or b"")[:100]:
        return False
    record = Record(output.topic, 0, 0, output.timestamp, output.key, output.value)
    return inbox.decode(record).source == ADOPTION_SOURCE


def _beginning(record: Record, value: bytes, limit: int) -> bytes:
    """The first `limit` bytes of a raw mail. Raises `Rejected` for anything else, of which a part means nothing."""
    beginning = value[:limit]
    if record.topic not in RAW_MAIL or not looks_like_mail(beginning):
        raise Rejected(DeadLetterReason.TOO_LARGE, f"the value has {len(value)} bytes, {limit} are allowed")
    return beginning


def _are_too_large(headers: Headers) -> bool:
    size = sum(len(name) + len(content or b"") for name, content in headers)
    return len(headers) > HEADERS_MAX or size > HEADER_BYTES_MAX
