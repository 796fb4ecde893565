"""Checks of the cluster before a worker starts: it answers, and its topics are usable."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from aiokafka.errors import GroupAuthorizationFailedError, KafkaError

from tocsin.messages.record import INPUT_TOPICS, Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics
from tocsin.streams.kafka.clients import admin_client
from tocsin.streams.kafka.refusals import RefusedError, lacking_rights
from tocsin.streams.kafka.topics import COMPACTED, STATE_TOPICS, TOGETHER, UNPACKED, Status, TopicReport

_ANSWER_SECONDS = 10.0
_HOLD_INPUTS = (Topic.INBOX, Topic.DEAD_LETTERS)
_ROOM = 2  # times the input: what intake says of it stands beside it

_log = structlog.get_logger()


class PreflightError(Exception):
    """A worker cannot start; the message says what to do."""


class NoBrokerError(PreflightError):
    """No broker answers at the bootstrap addresses."""


class WrongTopicsError(PreflightError):
    """Topics are missing, or unusable as they are."""


async def partitions(settings: Settings, *, stamped_by_us: bool) -> Mapping[Topic, int]:
    """Number of partitions of each topic. `stamped_by_us`: the inbox is dated by its writers (`tocsin dev`).

    Raises `PreflightError`, `RefusedError` or `SettingsError`. What differs but can be worked with is logged.
    """
    async with answering(settings):
        reports = await topics.check(settings, dev=stamped_by_us)
        await _require_group(settings)
    if (why := unusable(settings, reports)) is not None:
        raise WrongTopicsError(why)
    for report in reports:
        if report.status is Status.DIFFERS:
            _log.warning("topic_differs", topic=report.name, differences=list(report.differences))
    return {topic: report.partitions for topic, report in zip(settings.topics, reports, strict=True)}


def unusable(settings: Settings, reports: Sequence[TopicReport]) -> str | None:
    """The sentence with which a worker refuses to start; None where the topics can be used.

    `reports` are those of `settings.topics`, in their order.
    """
    by_topic = dict(zip(settings.topics, reports, strict=True))
    faults = [fault for topic, report in by_topic.items() for fault in _faults(topic, report, by_topic)]
    faults += [fault for topic in _HOLD_INPUTS for fault in _too_small(by_topic[topic], settings.value_bytes_max)]
    return "The topics cannot be used. " + " ".join(faults) if faults else None


@asynccontextmanager
async def answering(settings: Settings) -> AsyncIterator[None]:
    """What is asked inside must be answered soon: raises `NoBrokerError`, or `RefusedError` where we may not ask."""
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            yield
    except (KafkaError, OSError, TimeoutError) as error:
        if (lacking := lacking_rights(error)) is not None:
            raise RefusedError(lacking) from error
        raise NoBrokerError(
            f"No Kafka broker answers at {settings.bootstrap}: {type(error).__name__}. "
            "Is it running, and is `bootstrap` right?"
        ) from error


async def _require_group(settings: Settings) -> None:
    """Without the right to join, the consumer would wait for ever and say nothing. Raises `KafkaError`."""
    async with admin_client(settings) as admin:
        try:
            await admin.find_coordinator(settings.app_id)
        except GroupAuthorizationFailedError:
            raise GroupAuthorizationFailedError(settings.app_id) from None
        except KafkaError as error:
            _log.debug("no_coordinator_yet", error=repr(error))  # a new cluster makes one when it is first asked


def _faults(topic: Topic, report: TopicReport, reports: Mapping[Topic, TopicReport]) -> list[str]:
    if report.status is Status.MISSING:
        return [f"{report.name} does not exist: create it with `tocsin topics create`."]
    faults = []
    inbox = reports[Topic.INBOX]
    if topic in TOGETHER and inbox.partitions and report.partitions != inbox.partitions:
        faults.append(
            f"{report.name} has {report.partitions} partitions and {inbox.name} has {inbox.partitions}: "
            "they must be equal, since partition i of each belongs together."
        )
    if topic is Topic.INBOX:
        # the stamp is the time: with another kind of stamp every clock would be wrong
        faults += [f"{report.name}: {d}." for d in report.differences if d.startswith("message.timestamp.type")]
    if topic in INPUT_TOPICS:
        why = (
            "As it is, batches reach the workers as strangers packed them, and one that cannot be unpacked stops them."
        )
        faults += _to_be_set(report, UNPACKED, why)
    if topic in STATE_TOPICS:
        why = "As it is, an open ticket vanishes when its last change gets too old, and its clocks with it."
        faults += _to_be_set(report, COMPACTED, why)
    return faults


def _too_small(report: TopicReport, value_bytes_max: int) -> list[str]:
    """The fault that the topic could not hold every input that is let in, if that is so."""
    room = report.record_bytes_max // _ROOM
    if report.status is Status.MISSING or value_bytes_max <= room:
        return []
    too_few = f"{report.name} takes records of {report.record_bytes_max} bytes (max.message.bytes), too few for inputs"
    remedy = f"set value_bytes_max to {room} or less, or raise max.message.bytes"
    return [f"{too_few} of {value_bytes_max}: {remedy}."]


def _to_be_set(report: TopicReport, setting: str, why: str) -> list[str]:
    """The fault that `report` differs from `setting`, if it does."""
    found = [d for d in report.differences if d.startswith(setting.partition("=")[0])]
    remedy = f"kafka-configs.sh --alter --entity-type topics --entity-name {report.name} --add-config {setting}"
    return [f"{report.name}: {difference}. {why} Set it: {remedy}" for difference in found]
