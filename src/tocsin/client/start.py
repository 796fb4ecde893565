"""Places in a topic at which reading begins; any instant is one too."""

from tocsin.domain.instant import Instant

BEGINNING: Instant = 0
"""The first record that is there."""

NOW: Instant = 2**62
"""The end: only new records follow."""
