"""A number of partitions that was changed behind our back is noticed by the fold, whatever its state holds."""

import pytest
from driver import Driver, folded, states

from tocsin.engine.shard import Shard
from tocsin.messages.partitioning import MisplacedError, partition_of

COUNT = 6
HOME = partition_of(b"acme", COUNT)


def test_an_input_on_the_partition_of_its_tenant_is_folded() -> None:
    desk = Driver().at("09:00").missed()
    assert states(folded(Shard(HOME, partitions=COUNT), desk.inbox.records))


@pytest.mark.parametrize("partition", sorted(set(range(COUNT)) - {HOME}))
def test_an_input_on_the_partition_of_other_tenants_is_refused(partition: int) -> None:
    desk = Driver().at("09:00").missed()
    with pytest.raises(MisplacedError, match=rf"tenant 'acme' stands on partition {partition}, .* go to {HOME}\."):
        folded(Shard(partition, partitions=COUNT), desk.inbox.records)
