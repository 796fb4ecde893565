"""The pure core: tickets, clocks and contracts.

It reads no clock, draws no random number, does no I/O and imports the standard library only.
Time enters as data: an instant is an `int`, milliseconds since 1970-01-01T00:00:00Z.
"""
