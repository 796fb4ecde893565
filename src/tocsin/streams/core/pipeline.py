"""The pure part of a worker: intake of the input topics, the fold over the inbox."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tocsin.contracts.library import ContractLibrary
from tocsin.engine.rules import FIRST_RULES, RULES
from tocsin.engine.shard import Shard
from tocsin.messages.ignored import event_types
from tocsin.messages.intake import Intake, IntakeFlooded, Limits
from tocsin.messages.record import PipelineStep, Topic
from tocsin.settings import Settings
from tocsin.streams.core.adoptions import Adoptions
from tocsin.streams.core.port import Source
from tocsin.tenants.directory import TenantDirectory
from tocsin.tenants.own_topics import OwnTopics


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


def pipeline(settings: Settings) -> Pipeline:
    """Intake and ticketing, by the tenants and contracts of `settings`.

    Raises `tocsin.contracts.errors.ContractError` when one of these files is wrong.
    """
    library = ContractLibrary.load(settings.contracts_dir)
    tenants = TenantDirectory.from_file(settings.tenants_file, library, settings.default_contract)
    ignored_types = event_types(settings.ignored_event_types) if settings.ignored_event_types else frozenset[str]()

    limits = Limits(settings.value_bytes_max, settings.mail_bytes_max, settings.dead_letter_flood)

    def make(source: Source, inbox_partitions: int) -> PipelineStep:
        if source.topic is Topic.INBOX:
            return Shard(source.partition, settings.deduplication_window, FIRST_RULES, inbox_partitions)
        return Intake(tenants, inbox_partitions, limits, ignored_types)

    adoptions = Adoptions(tenants.names(), tenants.adoption)
    return Pipeline(make, halts=(IntakeFlooded,), adoptions=adoptions, rules=RULES, own_topics=tenants.own_topics)
