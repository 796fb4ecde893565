"""A shard as a running worker would have it, for what tells of a worker."""

from types import SimpleNamespace
from typing import cast

from tocsin.domain.instant import Instant
from tocsin.engine.shard import Shard
from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.core.port import Source
from tocsin.streams.core.stats import Host, Stats


def watched(*shards: Shard, now: Instant | None, settings: Settings | None = None) -> Stats:
    """The statistics of a worker that owns `shards`, whose inbox has come to `now`."""
    settings = settings or Settings()
    sources = [Source(Topic.INBOX, number) for number in range(len(shards))]
    lanes = {
        source: SimpleNamespace(ready=True, step=shard, halted=None, source=source, waiting=0)
        for source, shard in zip(sources, shards, strict=True)
    }
    keepers = {source: SimpleNamespace(now=now, overdue=0.0, stands_still=False) for source in sources}
    shell = SimpleNamespace(lanes=lanes, timekeepers=keepers, joined=True)
    host = SimpleNamespace(shell=shell, leaving=False, unread=lambda _topic, _partition: 0, silence=lambda: 0.0)
    stats = Stats(settings)
    stats.watch(cast("Host", host), len(shards))
    return stats
