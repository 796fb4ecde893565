"""The rights of the user of these settings, against those of its role. Each right is tried without changing anything.

A fetch of nothing tries Read. A produce request without a batch tries Write: brokers look at the right first, and
refuse the request for being empty afterwards.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
    TransactionalIdAuthorizationFailed,
)
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.produce import ProduceRequest

from tocsin.doctor.finding import REFUSED, Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.clients import admin_client, listed

NAME = "rights"

TABLE = """\
notify           topic             deliveries                                                  literal   Read,Write
notify           topic             alerts                                                      literal   Read
notify           group             {app}-notify                                                prefixed  Read
desk             topic             desk                                                        literal   Write
desk             topic             tickets,tenants,ticket-events,alerts,dead-letters           literal   Read
board            topic             tickets,tenants,ticket-events,alerts                        literal   Read
board-desk       topic             desk                                                        literal   Write
board-desk       topic             tickets,tenants,ticket-events,alerts,dead-letters           literal   Read
mover            topic             security-events,calls,emails,sent,desk                      literal   Write
mover            topic             inbox,tickets,tenants,ticket-events,alerts,dead-letters     literal   Read
redriver         topic             security-events,calls,emails,sent,desk                      literal   Write
redriver         topic             inbox,dead-letters                                          literal   Read
worker           topic             security-events,calls,emails,sent,desk,deliveries           literal   Read,DescribeConfigs
worker           topic             inbox,tickets,tenants                                       literal   Read,Write,DescribeConfigs
worker           topic             ticket-events,alerts,dead-letters                           literal   Write,DescribeConfigs
worker           group             {app}                                                       literal   Read
worker           transactional-id  {app}-                                                      prefixed  Write
"""  # noqa: E501 - as the lines stand in deploy/kafka-acls.txt
"""The lines of deploy/kafka-acls.txt that can be tried, for the roles that run something."""

ROLES = tuple(dict.fromkeys(line.split()[0] for line in TABLE.splitlines()))


class Need(NamedTuple):
    """A right: what may be done with what. `resource` is topic, group or transactional-id."""

    operation: str
    resource: str
    name: str


def needs(settings: Settings, role: str) -> list[Need]:
    """The rights of `role` on the names of these settings."""
    found = []
    for line in TABLE.splitlines():
        of, resource, names, _, operations = line.split()
        for name in names.split(",") if of == role else ():
            full = settings.topic_prefix + name if resource == "topic" else name.replace("{app}", settings.app_id)
            found += [Need(operation, resource, full) for operation in operations.split(",")]
    return found


async def check(settings: Settings, role: str) -> list[Finding]:
    """Findings about the rights of `role`."""
    async with admin_client(settings) as admin:
        there = await listed(admin)
        wanted = needs(settings, role)
        # a topic that we may not even know of is not listed: it is tried all the same, unless it need not be there
        optional = {settings.topic_prefix + "sent"} - there if not settings.sent_topic else set()
        lacking = [need for need in wanted if need.name not in optional and await _lacks(admin, need)]
    return judge(role, settings.sasl_username, lacking)


def judge(role: str, user: str | None, lacking: Iterable[Need]) -> list[Finding]:
    """What is lacking, or that nothing is."""
    grant = f"deploy/kafka-acls.sh {role} User:{user or 'NAME'} --bootstrap-server ..."
    faults = [
        Finding(
            NAME,
            Level.FAULT,
            f"The right to {_DOES[need.operation]} the {need.resource} {need.name} is lacking.",
            grant,
            REFUSED,
        )
        for need in lacking
    ]
    return faults or [Finding(NAME, Level.OK, f"This user may do what {role} does.")]


_DOES: Mapping[str, str] = {"Read": "read", "Write": "write", "DescribeConfigs": "describe the settings of"}


async def _lacks(admin: AIOKafkaAdminClient, need: Need) -> bool:
    match need.resource, need.operation:
        case "group", _:
            return await _coordinator_refuses(admin, need.name, 0)
        case "transactional-id", _:
            return await _coordinator_refuses(admin, f"{need.name}doctor", 1)
        case _, "DescribeConfigs":
            resource = ConfigResource(ConfigResourceType.TOPIC, need.name)
            answers = await admin.describe_configs([resource])
            codes = [entry[0] for answer in answers for entry in answer.resources]
        case _, "Read":
            answer = await compat.send(admin, FetchRequest(0, 0, 1, 0, [(need.name, [(0, 0, 1)])]))
            codes = [partition[1] for _, partitions in answer.topics for partition in partitions]
        case _:
            answer = await compat.send(admin, ProduceRequest(None, 1, 1_000, [(need.name, [(0, b"")])]))
            codes = [partition[1] for _, partitions in answer.topics for partition in partitions]
    return TopicAuthorizationFailedError.errno in codes


async def _coordinator_refuses(admin: AIOKafkaAdminClient, name: str, kind: int) -> bool:
    try:
        await admin.find_coordinator(name, kind)
    except (GroupAuthorizationFailedError, TransactionalIdAuthorizationFailed):
        return True
    except KafkaError:
        return False  # a new cluster makes coordinators when they are first asked for
    return False
