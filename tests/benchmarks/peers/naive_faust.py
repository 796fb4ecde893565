"""The naive job as one would write it in Faust at first: an agent a step, a table, one message at a time.

It promises less than the others: at least once.
"""

import os
from typing import Any

import faust
from naive_job import INPUTS, accepted, done, matter

PREFIX = os.environ["PREFIX"]
PARTITIONS = 3

app = faust.App(
    f"naive-{PREFIX}",
    broker=f"kafka://{os.environ['BOOTSTRAP']}",
    store="memory://",
    datadir=os.environ["DATA"],
    topic_partitions=PARTITIONS,
    web_enabled=False,
    topic_disable_leader=True,
)
events = app.topic(*(PREFIX + name for name in INPUTS), value_serializer="json", key_serializer="raw")
inbox = app.topic(f"{PREFIX}inbox", value_serializer="json", key_serializer="raw")
journal = app.topic(f"{PREFIX}ticket-events", value_serializer="json", key_serializer="raw")
alerts = app.topic(f"{PREFIX}alerts", value_serializer="json", key_serializer="raw")
tickets = app.Table("tickets", partitions=PARTITIONS)


@app.agent(events)
async def intake(stream: faust.StreamT[Any]) -> None:
    """Put what came in into the inbox by its tenant."""
    async for event in stream:
        if accepted(event):
            await inbox.send(key=event["tenant"].encode(), value=event)


@app.agent(inbox)
async def ticketing(stream: faust.StreamT[Any]) -> None:
    """Open a ticket or join one; say so in the journal; alert."""
    async for event in stream:
        key = matter(event)
        ticket, entry, alert = done(key, tickets.get(key), event)
        tickets[key] = ticket
        await journal.send(key=ticket["id"].encode(), value=entry)
        if alert is not None:
            await alerts.send(key=ticket["id"].encode(), value=alert)


if __name__ == "__main__":
    app.main()
