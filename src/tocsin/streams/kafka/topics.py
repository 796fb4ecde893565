"""The topics as Tocsin needs them: create what is missing, and say what differs. Nothing is changed in place."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from tocsin.domain.instant import DAY, HOUR
from tocsin.messages.record import INPUT_TOPICS, Topic, split_name
from tocsin.settings import Settings
from tocsin.streams.kafka.clients import admin_client, described
from tocsin.streams.kafka.compat import brokers
from tocsin.streams.kafka.refusals import RefusedSettingError, refused_setting

TOGETHER = (Topic.INBOX, Topic.TICKET_EVENTS, Topic.ALERTS, Topic.TICKETS, Topic.TENANTS)
"""Partition i of each of these belongs to the same shard, so they have equally many partitions."""

UNPACKED = "compression.type=uncompressed"
"""Of the input topics: the broker unpacks what a stranger packed, so that the size limit holds for what we read."""

STATE_TOPICS = (Topic.TICKETS, Topic.TENANTS)
"""Topics that a worker restores from: each record holds until the next one of its key."""

COMPACTED = "cleanup.policy=compact"
"""Of the state topics: what is deleted by age, too, is forgotten while it is still open."""

_STAMPED_BY_BROKER = (Topic.INBOX, Topic.DEAD_LETTERS)
"""The inbox, whose stamp is the time; and dead letters, which would vanish at once with a sender's stamp of 1970."""

_LEADER_WAIT_SECONDS = 30
_OWN_PARTITIONS = 1  # one client's messages are few, and go to one partition of the inbox anyway
_COPIES_NEEDED = "min.insync.replicas"
_COPIES = 3  # which any one broker may leave, and writing goes on
_RECORD_BYTES_MAX = 2 * 1024 * 1024  # above the value limit, so that intake can answer an oversized value
_STATE_SEGMENT_BYTES = 64 * 1024 * 1024
_DEAD_LETTER_BYTES_MAX = 2 * _RECORD_BYTES_MAX  # the whole input, and the reason

Config = dict[str, str]

_AHEAD_ALLOWED: Config = {"message.timestamp.after.max.ms": str(2**63 - 1)}
"""Outputs bear the inbox's clock. Where that was ahead and was put right, Kafka would refuse them from an hour on."""

_DEV: Config = {"message.timestamp.type": "CreateTime", "retention.ms": "-1"} | _AHEAD_ALLOWED


class TopicSpec(NamedTuple):
    """Specification of a topic."""

    topic: Topic
    name: str
    partitions: int
    replication_factor: int
    config: Config


class Status(StrEnum):
    """Result of the creation or the check of a topic."""

    CREATED = "created"
    EXISTS = "exists"
    DIFFERS = "differs"
    MISSING = "missing"


class TopicReport(NamedTuple):
    """One topic against its specification; `differences` are sentences for people.

    `single`: it has one copy, where the cluster has brokers for three.
    """

    name: str
    status: Status
    differences: tuple[str, ...] = ()
    partitions: int = 0
    single: bool = False
    record_bytes_max: int = 0


class _Found(NamedTuple):
    """A topic as the cluster has it."""

    partitions: int
    replication_factor: int
    config: Config


def specifications(settings: Settings, own: Sequence[str] = (), *, dev: bool = False) -> tuple[TopicSpec, ...]:
    """The topics, and the tenants' `own` by their default names.

    With `dev` the inbox is stamped by its writers and nothing is ever deleted. That is for the accelerated shift of
    `tocsin dev` alone: its stamps lie in the past.
    """
    wanted = [(topic, settings.topic(topic), settings.partitions) for topic in settings.topics]
    wanted += [(split_name(name)[0], settings.name_here(name), _OWN_PARTITIONS) for name in own]
    return tuple(
        TopicSpec(
            topic=topic,
            name=name,
            partitions=partitions,
            replication_factor=settings.replication_factor,
            config=_config(topic, settings) | (_DEV if dev else {}),
        )
        for topic, name, partitions in wanted
    )


def _config(topic: Topic, settings: Settings) -> Config:
    config = {
        "message.timestamp.type": "LogAppendTime" if topic in _STAMPED_BY_BROKER else "CreateTime",
        "max.message.bytes": str(_DEAD_LETTER_BYTES_MAX if topic is Topic.DEAD_LETTERS else _RECORD_BYTES_MAX),
        _COPIES_NEEDED: str(max(1, settings.replication_factor - 1)),
    }
    if topic in INPUT_TOPICS:
        config |= _setting(UNPACKED)
    elif topic not in _STAMPED_BY_BROKER:
        config |= _AHEAD_ALLOWED
    days = settings.days_kept(topic)
    return config | (_compacted() if days is None else _deleted(days))


def _deleted(days: int) -> Config:
    return {"cleanup.policy": "delete", "retention.ms": str(days * DAY)}


def _compacted() -> Config:
    # the active segment is never compacted and has to be read at every takeover: it must not stay active for long
    rolled = {"segment.ms": str(HOUR), "segment.bytes": str(_STATE_SEGMENT_BYTES)}
    return _setting(COMPACTED) | rolled | {"max.compaction.lag.ms": str(6 * HOUR)}


def _setting(written: str) -> Config:
    name, _, value = written.partition("=")
    return {name: value}


async def create(settings: Settings, own: Sequence[str] = (), *, dev: bool = False) -> list[TopicReport]:
    """Create the topics that are missing, with the tenants' `own`; report the others as `check` does.

    Doing it twice is harmless.

    Raises as `tocsin.streams.kafka.clients.admin_client` does, and `KafkaError` where the cluster refuses.
    """
    specs = specifications(settings, own, dev=dev)
    async with admin_client(settings) as admin:
        created = await _create_missing(admin, specs, settings)
        reports = await _check_created(admin, specs)
    return [r._replace(status=Status.CREATED) if r.name in created else r for r in reports]


def for_import(spec: TopicSpec) -> TopicSpec:
    """The topic while it is filled: its writers give the stamps, and nothing is deleted."""
    return spec._replace(config=spec.config | _DEV)


async def create_as(settings: Settings, specs: Sequence[TopicSpec]) -> None:
    """Create topics of these specifications, none of which exists. Raises as `create` does."""
    async with admin_client(settings) as admin:
        await _create_missing(admin, specs, settings)


async def configure(settings: Settings, specs: Sequence[TopicSpec]) -> None:
    """Give topics that exist the configurations of `specs`, and take every other setting from them."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, spec.name, dict(spec.config)) for spec in specs]
    async with admin_client(settings) as admin:
        for response in await admin.alter_configs(resources):
            for code, message, _kind, name in response.resources:
                if code:
                    raise for_code(code)(f"{name}: {message}")


async def check(settings: Settings, own: Sequence[str] = (), *, dev: bool = False) -> list[TopicReport]:
    """Compare the topics of the cluster with what they must be like, the tenants' `own` too. Changes nothing.

    Raises as `tocsin.streams.kafka.clients.admin_client` does.
    """
    async with admin_client(settings) as admin:
        return await _check(admin, specifications(settings, own, dev=dev))


async def delete(settings: Settings, own: Sequence[str] = ()) -> None:
    """Delete the topics, with all that they hold. For tests that used topics of their own."""
    async with admin_client(settings) as admin:
        await admin.delete_topics([spec.name for spec in specifications(settings, own)])


async def packed(admin: AIOKafkaAdminClient, names: Collection[str]) -> frozenset[str]:
    """Those of the topics `names` on which batches stay as strangers have packed them. Raises `KafkaError`."""
    key, _, value = UNPACKED.partition("=")
    found = await configs(admin, list(names)) if names else {}
    return frozenset(name for name, config in found.items() if config.get(key) != value)


async def _create_missing(admin: AIOKafkaAdminClient, specs: Iterable[TopicSpec], settings: Settings) -> set[str]:
    present = await described(admin, [spec.name for spec in specs])
    missing = [spec for spec in specs if spec.name not in present]
    if not missing:
        return set()
    response = await admin.create_topics(
        [NewTopic(s.name, s.partitions, s.replication_factor, topic_configs=s.config) for s in missing]
    )
    created = set()
    for name, code, message in response.topic_errors:
        error = for_code(code)
        if error is NoError:
            created.add(name)
        elif error is not TopicAlreadyExistsError:  # somebody else creates them at the same time
            failure = error(f"{name}: {message}")
            if (refused := refused_setting(failure, settings)) is not None:
                raise RefusedSettingError(refused) from failure
            raise failure
    await _wait_for_leaders(admin, [spec.name for spec in missing])
    return created


async def _wait_for_leaders(admin: AIOKafkaAdminClient, names: list[str]) -> None:
    """A topic answers a moment after its creation."""
    async with asyncio.timeout(_LEADER_WAIT_SECONDS):
        while not all(map(_has_leaders, await admin.describe_topics(names))):  # noqa: ASYNC110 - Kafka tells nobody
            await asyncio.sleep(0.02)


def _has_leaders(topic: dict[str, Any]) -> bool:
    partitions = topic["partitions"]
    return bool(partitions) and all(p["error_code"] == 0 and p["leader"] >= 0 for p in partitions)


async def _check_created(admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...]) -> list[TopicReport]:
    """As `_check`. The node that is asked may be the last to hear of what was created."""
    async with asyncio.timeout(_LEADER_WAIT_SECONDS):
        while True:
            try:
                return await _check(admin, specs)
            except UnknownTopicOrPartitionError:
                await asyncio.sleep(0.02)


def ours(config: Config, name: str, settings: Settings) -> Config:
    """The part of the `config` of the topic with the default name `name` that Tocsin sets, but for the copies."""
    wanted = _config(split_name(name)[0], settings)
    return {key: config[key] for key in wanted if key in config and key != _COPIES_NEEDED}


async def _check(admin: AIOKafkaAdminClient, specs: tuple[TopicSpec, ...]) -> list[TopicReport]:
    found = await _describe(admin, [spec.name for spec in specs])
    inbox = next(spec for spec in specs if spec.topic is Topic.INBOX)
    shards = found[inbox.name].partitions if inbox.name in found else inbox.partitions
    many = len(brokers(admin)) >= _COPIES
    single = {name for name, topic in found.items() if many and topic.replication_factor == 1}
    return [_compare(spec, found.get(spec.name), shards)._replace(single=spec.name in single) for spec in specs]


async def _describe(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, _Found]:
    topics = await described(admin, names)
    if not topics:
        return {}
    found = await configs(admin, list(topics))
    return {
        name: _Found(len(partitions), min(len(p["replicas"]) for p in partitions), found[name])
        for name, partitions in topics.items()
    }


async def configs(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, Config]:
    """Everything that holds for each of the topics `names`. Raises `KafkaError`."""
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found = {}
    for response in await admin.describe_configs(resources):
        for code, message, _kind, name, entries in response.resources:
            if code:
                raise for_code(code)(f"{name}: {message}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


def _compare(spec: TopicSpec, found: _Found | None, shards: int) -> TopicReport:
    if found is None:
        return TopicReport(spec.name, Status.MISSING, ("it does not exist",))
    differences = [
        f"{key} is {found.config.get(key)}, should be {value}"
        for key, value in spec.config.items()
        if found.config.get(key) != value
    ]
    if spec.topic in TOGETHER and found.partitions != shards:
        differences.append(f"it has {found.partitions} partitions, the inbox has {shards}: they must be equal")
    if found.replication_factor < spec.replication_factor:
        differences.append(f"it has {found.replication_factor} replicas, should have {spec.replication_factor}")
    status = Status.DIFFERS if differences else Status.EXISTS
    record_bytes_max = int(found.config.get("max.message.bytes") or 0)
    return TopicReport(spec.name, status, tuple(differences), found.partitions, record_bytes_max=record_bytes_max)
