"""The versions that speak to each other, and what they mean."""

from collections.abc import Mapping
from importlib import metadata

from aiokafka.protocol.admin import ApiVersionRequest

from tocsin.doctor.finding import Finding, Level
from tocsin.settings import Settings
from tocsin.streams.kafka import compat
from tocsin.streams.kafka.clients import admin_client

NAME = "versions"
LIBRARIES = ("tocsin", "aiokafka", "faust-streaming")
_ADD_PARTITIONS_TO_TXN, _END_TXN, _CONSUMER_GROUP_HEARTBEAT = 24, 26, 68
_VERIFIES_FROM, _BUMPS_FROM = 4, 5
"""Versions of the two requests of transactions from which brokers have the parts of KIP-890."""


async def check(settings: Settings) -> list[Finding]:
    """Findings about the versions of both sides."""
    async with admin_client(settings) as admin:
        answer = await compat.send(admin, ApiVersionRequest())
    return judge({key: newest for key, _, newest in answer.api_versions}, _installed())


def _installed() -> dict[str, str]:
    found = {}
    for library in LIBRARIES:
        try:
            found[library] = metadata.version(library)
        except metadata.PackageNotFoundError:
            found[library] = "not installed"
    return found


def judge(requests: Mapping[int, int], installed: Mapping[str, str]) -> list[Finding]:
    """`requests` are the newest versions of the requests that a broker takes, by their keys."""
    libraries = ", ".join(f"{name} {version}" for name, version in installed.items())
    return [
        Finding(NAME, Level.OK, f"This machine has {libraries}."),
        _rebalances(_CONSUMER_GROUP_HEARTBEAT in requests),
        _transactions(requests.get(_ADD_PARTITIONS_TO_TXN, 0), requests.get(_END_TXN, 0)),
    ]


def _rebalances(brokers_coordinate: bool) -> Finding:  # noqa: FBT001 - private, and called once
    have = "These brokers have the group protocol of KIP-848" if brokers_coordinate else "These brokers have no KIP-848"
    sentence = (
        f"{have}; aiokafka speaks the classic one, by which all workers stop for a moment when one comes or goes. "
        "Keep the classic one allowed (group.coordinator.rebalance.protocols)."
    )
    return Finding(NAME, Level.OK, sentence)


def _transactions(add_partitions: int, end: int) -> Finding:
    if add_partitions < _VERIFIES_FROM:
        sentence = (
            "These brokers have no KIP-890: a write that comes late can leave a transaction hanging, and then nobody "
            "reads on in that partition."
        )
        return Finding(NAME, Level.WARNING, sentence, "upgrade the brokers to Kafka 3.7 or later")
    second = " and the second part, which aiokafka does not use" if end >= _BUMPS_FROM else ""
    sentence = (
        f"These brokers have the first part of KIP-890{second}: they verify each transactional write, so that a late "
        "one leaves no transaction hanging. Keep transaction.partition.verification.enable on."
    )
    return Finding(NAME, Level.OK, sentence)
