"""What the lanes of a notify share."""

from typing import NamedTuple

from tocsin.notify.counts import Counts
from tocsin.notify.deliveries import Deliveries
from tocsin.notify.lane import Lane
from tocsin.notify.memory import Memory
from tocsin.notify.model import NotifySpec
from tocsin.notify.receipts import Publisher
from tocsin.notify.rereading import Rereader
from tocsin.notify.routes import Routes
from tocsin.notify.sinks.base import Sink
from tocsin.notify.work import Work
from tocsin.settings import Settings


class Shared(NamedTuple):
    """What the lanes of a notify share."""

    settings: Settings
    spec: NotifySpec
    sinks: dict[str, Sink]
    routes: Routes
    memory: Memory
    deliveries: Deliveries
    publisher: Publisher
    rereader: Rereader
    counts: Counts

    def lane(self, work: Work) -> Lane:
        """A lane that runs `work`."""
        return Lane(self.settings, work, self.memory, self.deliveries, self.publisher)
