"""The writer of a source that shares it with no other one."""

from collections.abc import Sequence

from tocsin.messages.record import Output
from tocsin.streams.core.port import Source
from tocsin.streams.kafka.transactions import Part, Transactions


class KafkaWriter:
    """See `tocsin.streams.core.port.Writer`."""

    def __init__(self, transactions: Transactions, source: Source) -> None:
        """`transactions` are of the source alone."""
        self._transactions = transactions
        self._source = source

    async def commit(self, outputs: Sequence[Output], position: int) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        await self._transactions.commit([Part(self._source, outputs, position)])

    async def close(self) -> None:
        """See `tocsin.streams.core.port.Writer`."""
        await self._transactions.close()
