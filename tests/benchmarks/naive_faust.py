"""The job of `throughput.py` as one would write it in Faust at first: an agent a step, a table, one message at a time.

It does far less than Tocsin (no contracts, clocks, idempotency or limits) and promises less (at least once). Topics:
`<prefix>security-events` in; `<prefix>inbox`, `<prefix>ticket-events`, `<prefix>alerts` and the table's changelog out.
Started by `throughput.py`, which sets BOOTSTRAP, PREFIX and DATA.
"""

import json
import os
import uuid
from typing import Any

import faust

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
events = app.topic(f"{PREFIX}security-events", value_serializer="raw", key_serializer="raw")
inbox = app.topic(f"{PREFIX}inbox", value_serializer="json", key_serializer="raw")
journal = app.topic(f"{PREFIX}ticket-events", value_serializer="json", key_serializer="raw")
alerts = app.topic(f"{PREFIX}alerts", value_serializer="json", key_serializer="raw")
tickets = app.Table("tickets", partitions=PARTITIONS)


@app.agent(events)
async def intake(stream: faust.StreamT[Any]) -> None:
    """Check what came in, and put it into the inbox by its tenant."""
    async for value in stream:
        event = json.loads(value)
        if event["type"] == "tocsin.detection" and event["specversion"] == "1.0":
            await inbox.send(key=event["tenant"].encode(), value=event)


@app.agent(inbox)
async def ticketing(stream: faust.StreamT[Any]) -> None:
    """Open a ticket or count a repeat; say so in the journal; alert when a ticket opens."""
    async for event in stream:
        data = event["data"]
        key = f"{event['tenant']}/{data['signature']}/{data['asset']}"
        ticket: dict[str, Any] | None = tickets.get(key)
        if ticket is None:
            ticket = {"id": str(uuid.uuid5(uuid.NAMESPACE_URL, key)), "severity": data["severity"], "repeats": 0}
            opened = {"type": "TicketOpened", "ticket": ticket["id"], "input": event["id"], "data": data}
            await journal.send(key=ticket["id"].encode(), value=opened)
            alert = {"type": "tocsin.alert.detection", "tenant": event["tenant"], "ticket": ticket["id"], "data": data}
            await alerts.send(key=ticket["id"].encode(), value=alert)
        else:
            ticket = {**ticket, "repeats": ticket["repeats"] + 1}
            repeated = {"type": "DetectionRepeated", "ticket": ticket["id"], "input": event["id"]}
            await journal.send(key=ticket["id"].encode(), value=repeated)
        tickets[key] = ticket


if __name__ == "__main__":
    app.main()
