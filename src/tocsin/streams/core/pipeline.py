"""The pure part of a worker: intake of the input topics, the fold over the inbox."""

from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from tocsin.contracts.library import ContractLibrary
from tocsin.engine.rules import FIRST_RULES, RULES
from tocsin.engine.shard import Shard
from tocsin.messages.ignored import event_types
from tocsin.messages.intake import Intake, IntakeFlooded, Limits
from tocsin.messages.record import PipelineStep, Topic
from tocsin.messages.sent import Sent
from tocsin.settings import Settings
from tocsin.streams.core.adoptions import Adoptions
from tocsin.streams.core.port import Source
from tocsin.tenants.directory import TenantDirectory
from tocsin.tenants.own_topics import OwnTopics

_log = structlog.get_logger()

_SAID_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`make` returns the step for a source, given the number of partitions of the inbox. See `Lane` for `halts`.

    `adoptions` says whose contract is another than the one of the files. `rules` are those by which the inbox is
    folded; None where it is not judged. `own_topics` are the input topics that belong to one tenant each.
    """

    make: Callable[[Source, int], PipelineStep]
    halts: tuple[type[Exception], ...] = ()
    adoptions: Adoptions | None = None
    rules: int | None = None
    own_topics: OwnTopics = field(default_factory=OwnTopics)


class NumbersSaid:
    """Logs once each number that is compared as it is written. The log has its place and not the number itself."""

    def __init__(self) -> None:
        self._said: set[tuple[str, str]] = set()

    def __call__(self, tenant: str, number: str, origin: str) -> None:
        """Log it, unless that was done. The memory is bounded: strangers choose what they call from."""
        if (tenant, number) in self._said:
            return
        if len(self._said) >= _SAID_MAX:
            self._said.clear()
        self._said.add((tenant, number))
        _log.warning(
            "number_as_written",
            tenant=tenant,
            origin=origin,
            hint="it is no number that can be told: it is compared as it is; is the tenant's `region` in the file?",
        )


def pipeline(settings: Settings) -> Pipeline:
    """Intake and ticketing, by the tenants and contracts of `settings`.

    Raises `tocsin.contracts.errors.ContractError` when one of these files is wrong.
    """
    library = ContractLibrary.load(settings.contracts_dir)
    tenants = TenantDirectory.from_file(settings.tenants_file, library, settings.default_contract)
    ignored_types = event_types(settings.ignored_event_types) if settings.ignored_event_types else frozenset[str]()

    warn = NumbersSaid()
    sent = Sent.ON_ITS_TOPIC if settings.sent_topic else Sent.PROVEN
    limits = Limits(settings.value_bytes_max, settings.mail_bytes_max, settings.dead_letter_flood, sent)
    adopted = set[str]()  # a contract is large: once in the log is enough, whichever input it came with

    def make(source: Source, inbox_partitions: int) -> PipelineStep:
        if source.topic is Topic.INBOX:
            window, apart = settings.deduplication_window, settings.tenants_apart
            return Shard(source.partition, window, FIRST_RULES, inbox_partitions, apart)
        return Intake(tenants, inbox_partitions, limits, ignored_types, warn, adopted=adopted)

    adoptions = Adoptions(tenants.names(), tenants.adoption)
    return Pipeline(make, halts=(IntakeFlooded,), adoptions=adoptions, rules=RULES, own_topics=tenants.own_topics)
