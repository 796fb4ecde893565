"""Write the resources of Kubernetes' operators that follow from the code: `python -m tools.resources`.

Strimzi's KafkaTopic from what `tocsin topics create` makes, its KafkaUser from `deploy/kafka-acls.txt`, and the
PrometheusRule from `deploy/prometheus/rules.yml`.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from tocsin.settings import Settings
from tocsin.streams.kafka.topics import specifications

DEPLOY = Path(__file__).parents[1] / "deploy"
COMPONENTS = DEPLOY / "kubernetes" / "components"
ACLS = DEPLOY / "kafka-acls.txt"
RULES = DEPLOY / "prometheus" / "rules.yml"

CLUSTER = "tocsin"
SETTINGS = Settings.model_construct(partitions=6, replication_factor=3)
"""The defaults, but for a cluster of three brokers or more."""

OF_ONE_CLIENT = "{own}"
"""Names the topics of a client, of which these files know nothing; `deploy/kafka-acls.sh` grants that role."""

_HEAD = "# Written by `python -m tools.resources`.\n"
_PATTERNS = {"literal": "literal", "prefixed": "prefix"}
_KINDS = {"topic": "topic", "group": "group", "transactional-id": "transactionalId"}

Resource = dict[str, Any]


class Acl(NamedTuple):
    """A line of the table of rights."""

    role: str
    resource: str
    names: tuple[str, ...]
    pattern: str
    operations: tuple[str, ...]


def acls() -> list[Acl]:
    """The table of rights, without the lines of a single client."""
    lines = (line.split() for line in ACLS.read_text(encoding="utf-8").splitlines() if line and line[0] != "#")
    return [
        Acl(role, resource, tuple(names.split(",")), pattern, tuple(operations.split(",")))
        for role, resource, names, pattern, operations in lines
        if names != OF_ONE_CLIENT
    ]


def topics() -> Iterator[Resource]:
    """A KafkaTopic for each topic."""
    for spec in specifications(SETTINGS):
        yield _of_cluster(
            "KafkaTopic",
            spec.name,
            {"partitions": spec.partitions, "replicas": spec.replication_factor, "config": dict(spec.config)},
        )


def users() -> Iterator[Resource]:
    """A KafkaUser for each role, `tocsin-ROLE`, with its rights and no others."""
    table = acls()
    for role in dict.fromkeys(acl.role for acl in table):
        granted = [_granted(acl, name) for acl in table if acl.role == role for name in acl.names]
        spec = {
            "authentication": {"type": "scram-sha-512"},
            "authorization": {"type": "simple", "acls": granted},
        }
        yield _of_cluster("KafkaUser", f"tocsin-{role}", spec)


def _granted(acl: Acl, name: str) -> Resource:
    if acl.resource == "topic":
        name = SETTINGS.topic_prefix + name.removeprefix("*")
    resource = {
        "type": _KINDS[acl.resource],
        "name": name.replace("{app}", SETTINGS.app_id),
        "patternType": _PATTERNS[acl.pattern],
    }
    return {"resource": resource, "operations": list(acl.operations)}


def rules() -> Resource:
    """The PrometheusRule with the rules as Prometheus itself reads them."""
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "tocsin"},
        "spec": yaml.safe_load(RULES.read_text(encoding="utf-8")),
    }


def written() -> Iterator[tuple[Path, str]]:
    """Each file with what should stand in it."""
    yield COMPONENTS / "strimzi" / "topics.yaml", _text(topics())
    yield COMPONENTS / "strimzi" / "users.yaml", _text(users())
    yield COMPONENTS / "prometheus-operator" / "rules.yaml", _text([rules()])


def _of_cluster(kind: str, name: str, spec: Resource) -> Resource:
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": kind,
        "metadata": {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}},
        "spec": spec,
    }


def _text(resources: Iterable[Resource]) -> str:
    return _HEAD + yaml.safe_dump_all(resources, sort_keys=False, width=1_000, allow_unicode=True)


if __name__ == "__main__":
    for path, text in written():
        path.write_text(text, encoding="utf-8")
        print(path.name)
