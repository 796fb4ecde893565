"""A deterministic simulation of the whole pipeline: one seed drives log, network, clocks, workers and a SOC's days.

What is simulated, from the bottom up:

- `loop`: the true time, and processes on it; each is an asyncio event loop that can be killed or frozen at any await.
- `log`: Kafka as the port sees it: partitions, transactions, epochs, markers, compaction, stamps by its own clock.
- `network`, `client`: requests that take time or get lost; the port's `Log` and `Writer` on top of them.
- `group`, `worker`, `cluster`: the consumer group, the host of a shell, and the supervisor that restarts it.
- `workload`, `faults`, `plan`: what happens in a run, drawn from its seed before it begins; `lead` reacts to alerts.

What is real: everything in `tocsin.streams` behind the port, and the pure stages.

What runs it: `campaign` on all cores, `__main__` for `make simulate`; `shrink` makes a failing run short, `history`
tells it. `bugs` are planted to see whether they are found, `hunt` looks for them.

What judges: `watch` looks at every transaction as it is decided, `ending` at what stands at the end; `oracle` and its
kin work the answers out again, written differently.
"""
