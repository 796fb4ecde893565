"""Questions about the consumer group that its own members cannot answer."""

import asyncio
import contextlib

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from tocsin.settings import Settings, SettingsError
from tocsin.streams.kafka.clients import admin_client
from tocsin.streams.kafka.refusals import RefusedError

_ANSWER_SECONDS = 1.5


class InstanceInUseError(Exception):
    """Another process has joined with this worker's `group_instance_id`; the message says what to do."""


async def members(admin: AIOKafkaAdminClient, group: str) -> int:
    """The number of members of `group`."""
    [answer] = await admin.describe_consumer_groups([group])
    return sum(len(each["members"]) for each in answer.to_object()["groups"])


async def instance_in_use(settings: Settings, own_member: str) -> InstanceInUseError | None:
    """The error that another process uses our `group_instance_id`; None where none does, or nobody answers in time.

    `own_member` is the id that the group gave this worker. A broker gives static members ids that begin with their
    instance id; aiokafka's version of the request has no field for the instance id itself.
    """
    instance = settings.group_instance_id
    if instance is None or not own_member:
        return None
    with contextlib.suppress(KafkaError, OSError, TimeoutError, RefusedError, SettingsError):
        async with asyncio.timeout(_ANSWER_SECONDS), admin_client(settings) as admin:
            [described] = await admin.describe_consumer_groups([settings.app_id])
        for member in described.to_object()["groups"][0]["members"]:
            if _is_of(member["member_id"], instance) and member["member_id"] != own_member:
                host = member["client_host"].lstrip("/")
                return InstanceInUseError(
                    f"Another process (at {host}) uses the group_instance_id {instance!r}, "
                    "and has taken this worker's partitions over: give each worker a group_instance_id of its own."
                )
    return None


def _is_of(member: str, instance: str) -> bool:
    """Returns whether the broker made the id `member` for `instance`: it appends a UUID."""
    return member.startswith(f"{instance}-") and len(member) == len(instance) + 37
