"""One shard: the fold over one inbox partition, with its timers, deduplication and snapshots."""
