"""Three real Apache Kafka brokers on this machine, each of them a controller too, for tests of failovers.

Every partition has three replicas and needs two to be written, so that one node may die at any time.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self

from tocsin.dev.kafka import HOST, Installation, LocalKafka, free_port, new_cluster_id

NODES = 3

_REPLICATED = {
    "offsets.topic.replication.factor": "3",
    "transaction.state.log.replication.factor": "3",
    "transaction.state.log.min.isr": "2",
    "share.coordinator.state.topic.replication.factor": "3",
    "share.coordinator.state.topic.min.isr": "2",
    "default.replication.factor": "3",
    "min.insync.replicas": "2",
    # a dead node's partitions get other leaders, and a dead controller another one, in a second or two
    "controller.quorum.election.timeout.ms": "500",
    "controller.quorum.fetch.timeout.ms": "1000",
    "replica.lag.time.max.ms": "5000",
}


class LocalCluster:
    """The nodes, numbered from 1 in `nodes`. Used as a context manager it starts, and stops at the end."""

    def __init__(self, installation: Installation, data: Path) -> None:
        ports = _free_ports(2 * NODES)
        clients, controllers = ports[:NODES], ports[NODES:]
        voters = ",".join(f"{number}@{HOST}:{port}" for number, port in enumerate(controllers, 1))
        cluster_id = new_cluster_id()
        self.nodes = {
            number: LocalKafka(
                installation,
                data / f"node-{number}",
                client,
                properties={
                    **_REPLICATED,
                    "node.id": str(number),
                    "controller.quorum.voters": voters,
                    "listeners": f"PLAINTEXT://{HOST}:{client},CONTROLLER://{HOST}:{controller}",
                },
                cluster_id=cluster_id,
            )
            for number, (client, controller) in enumerate(zip(clients, controllers, strict=True), 1)
        }

    @property
    def bootstrap(self) -> str:
        """HOST:PORT of every node, for clients."""
        return ",".join(node.bootstrap for node in self.nodes.values())

    @property
    def version(self) -> str:
        """The version of Apache Kafka."""
        return self.nodes[1].version

    def start(self) -> None:
        """Start the nodes that do not run, side by side: the first one serves only when a second one is there.

        Raises `DevError` as `LocalKafka.start` does.
        """
        with ThreadPoolExecutor(NODES) as pool:
            list(pool.map(LocalKafka.start, [node for node in self.nodes.values() if not node.running]))

    def stop(self) -> None:
        """Stop all nodes. Harmless when none runs."""
        with ThreadPoolExecutor(NODES) as pool:
            list(pool.map(LocalKafka.stop, self.nodes.values()))

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _free_ports(count: int) -> list[int]:
    ports: set[int] = set()
    while len(ports) < count:
        ports.add(free_port())
    return sorted(ports)
