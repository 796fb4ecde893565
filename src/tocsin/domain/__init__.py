"""The pure core: tickets, clocks and contracts.

It reads no clock, draws no random number, does no I/O and imports the standard library and msgspec only.
Time enters as data: an instant is an `int`, milliseconds since 1970-01-01T00:00:00Z.

Each floor imports only those before it: `vocabulary`, `instant`, `fact`; `contract` (what was promised), `time`
(opening hours and deadlines), `commands` (what comes in), `events` (what was decided), `state` (tickets, tenants, and
how events change them), `decide` (from a command to events), `clocks` (from evidence to clocks and timers), `alerts`.
"""
