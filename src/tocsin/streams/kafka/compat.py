"""Everything that is reached in aiokafka by a private name or changed in it; nothing else in Tocsin does either.

Each function says why there is no public way. The names were looked up in the version of `SEEN`: a newer aiokafka may
have renamed them, or made them needless. What is private in Faust is in `tocsin.streams.faust.compat`.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Collection
from types import SimpleNamespace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, conn
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.consumer import consumer as consumers
from aiokafka.errors import AuthenticationFailedError, KafkaError
from aiokafka.producer import sender
from aiokafka.protocol.group import JoinGroupRequest

SEEN = {"aiokafka": "0.14.0"}

_STOP_SECONDS = 1.0


class _Authenticator(conn.OAuthAuthenticator):  # type: ignore[misc]  # aiokafka ships no types
    """aiokafka takes a refused token for an accepted one: it does not look at what the broker says of it."""

    async def step(self, payload: bytes | None) -> Any:
        """Called by aiokafka: first without `payload`, then with the broker's answer, empty if it is content."""
        if payload:
            raise AuthenticationFailedError("the token was refused")
        return await super().step(payload)


conn.OAuthAuthenticator = _Authenticator

_NO_ERROR = SimpleNamespace(error_code=0)


class _JoinsOnce(consumers.GroupCoordinator):  # type: ignore[misc]  # aiokafka ships no types
    """aiokafka joins once for each assignor, with one more of them each time, and only the last answer counts.

    Every join is a rebalance: two workers that had begun apart interrupted each other for minutes.
    """

    async def _send_req(self, request: Any) -> Any:
        if isinstance(request, JoinGroupRequest) and len(request._group_protocols) < len(self._assignors):
            return _NO_ERROR  # of this answer aiokafka looks at nothing else
        return await super()._send_req(request)


consumers.GroupCoordinator = _JoinsOnce

sender.BACKOFF_OVERRIDE = 0.002
# aiokafka waits 20 ms while Kafka writes the markers of the last transaction: a transaction then took 25 ms, not 8


def brokers(admin: AIOKafkaAdminClient) -> Collection[Any]:
    """The brokers of the cluster, as `admin` was told when it was started. The public way asks one of them again."""
    found: Collection[Any] = admin._client.cluster.brokers()
    return found


async def send(admin: AIOKafkaAdminClient, request: Any) -> Any:
    """A broker's answer to `request`. The public `describe_topics` lets brokers create what is missing."""
    return await admin._send_request(request)


async def send_to(admin: AIOKafkaAdminClient, node: int, request: Any) -> Any:
    """The answer of the broker with the id `node` to `request`. No public way takes a request."""
    return await admin._send_request_to_node(node, request)


async def discard(producer: AIOKafkaProducer) -> None:
    """Stop `producer`, within seconds even where the broker is gone. What it has not sent is lost.

    The public `stop` waits for what cannot be delivered any more; the sender behind it would try for ever.
    """
    with contextlib.suppress(Exception):  # a fenced or broken producer complains once more
        await _within(_STOP_SECONDS, producer.stop())
    with contextlib.suppress(Exception):
        await _within(_STOP_SECONDS, producer.client.close())
        await _within(_STOP_SECONDS, producer._sender.close())


async def _within(seconds: float, awaitable: Awaitable[None]) -> None:
    await asyncio.wait_for(awaitable, seconds)


def assignment(consumer: AIOKafkaConsumer) -> Any:
    """The assignment of now, another object after each rebalance; None where there is none.

    The public way copies it and loses its identity.
    """
    subscription = consumer._subscription.subscription
    return None if subscription is None else subscription.assignment


def coordinator(consumer: AIOKafkaConsumer) -> Any:
    """The client of the group's coordinator. aiokafka shows its membership nowhere else."""
    return consumer._coordinator


def let_rest(consumer: AIOKafkaConsumer, longest_ms: int) -> None:
    """Let a started `consumer` that finds nothing wait longer at the broker each time, up to `longest_ms`.

    Records end the wait at once, and the next one is as short as the consumer was told. It must be, while a partition
    is not part of the request that is under way: while records of it are held here, or no position is known. aiokafka
    has one length for all waits.
    """
    fetcher = consumer._fetcher
    shortest, fetch = fetcher._fetch_max_wait_ms, fetcher._proc_fetch_request

    async def fetch_and_rest(assignment: Any, node: int, request: Any) -> bool:
        found: bool = await fetch(assignment, node, request)
        all_asked = all(assignment.state_value(tp).has_valid_position for tp in assignment.tps)
        rests = all_asked and not found and not fetcher._records
        fetcher._fetch_max_wait_ms = min(2 * fetcher._fetch_max_wait_ms, longest_ms) if rests else shortest
        return found

    fetcher._proc_fetch_request = fetch_and_rest


def membership_error(consumer: AIOKafkaConsumer) -> KafkaError | None:
    """Takes the error that has ended the membership or troubles it, if there is one.

    aiokafka tells it to whoever reads next, and waits for that. A consumer without partitions reads nothing.
    """
    try:
        consumer._coordinator.check_errors()
    except KafkaError as error:
        return error
    return None


async def heartbeat(consumer: AIOKafkaConsumer) -> bool:
    """Returns whether the consumer is still a member of the group. Nothing public asks the coordinator."""
    answered: bool = await consumer._coordinator._do_heartbeat()
    return answered


async def ask_coordinator(of_group: Any, request: Any) -> Any:
    """The answer to a request that aiokafka does not know; `of_group` is a `coordinator`. It has no public way."""
    return await of_group._send_req(request)
