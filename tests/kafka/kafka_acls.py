"""Kafka's `kafka-acls.sh --add` as far as `deploy/kafka-acls.sh` needs it; the real one takes a second for each call.

`docs/cluster.md` and its test call the real one.

An option that is not known here is an error, so that no test passes by what Kafka would not take.
"""

import argparse
import asyncio
from collections.abc import Iterable, Sequence
from itertools import product

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest, DescribeAclsRequest
from patience import HANG_SECONDS

RESOURCES = {"topic": 2, "group": 3, "transactional_id": 5}
PATTERNS = {"literal": 3, "prefixed": 4}
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Delete": 6, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11}
ALLOW = 3


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--resource-pattern-type", choices=PATTERNS, required=True)
    parser.add_argument("--operation", choices=OPERATIONS, action="append", required=True)
    for resource in RESOURCES:
        parser.add_argument(f"--{resource.replace('_', '-')}", action="append", default=[])
    return parser.parse_args(arguments)


async def add(calls: Iterable[Sequence[str]]) -> None:
    """Do what these calls of the program ask for, each given by its arguments; the first one says where."""
    parsed = [_parsed(arguments) for arguments in calls]
    admin = AIOKafkaAdminClient(bootstrap_servers=parsed[0].bootstrap_server)
    await admin.start()
    for wanted in parsed:
        pattern = PATTERNS[wanted.resource_pattern_type]
        for resource, kind in RESOURCES.items():
            for name, operation in product(getattr(wanted, resource), wanted.operation):
                acl = (kind, name, pattern, wanted.allow_principal, "*", OPERATIONS[operation], ALLOW)
                answer = await admin._send_request(CreateAclsRequest(*acl))  # noqa: SLF001 - there is no public way
                assert [code for code, _ in answer.creation_responses] == [0], answer
    async with asyncio.timeout(HANG_SECONDS):
        while not (await admin._send_request(DescribeAclsRequest(*acl))).resources:  # noqa: SLF001, ASYNC110 - as above, and Kafka tells nobody
            await asyncio.sleep(0.02)  # the authorizer learns of it a moment later
    await admin.close()
