"""The naive job in Quix Streams, exactly once: `quixstreams_job.py intake` and `quixstreams_job.py ticketing`.

Two processes, since an application with state may not read a topic that it writes to itself.
"""

import os
import sys
from typing import Any

from naive_job import INPUTS, accepted, done, matter
from quixstreams import Application, State

PREFIX = os.environ["PREFIX"]
COMMIT_SECONDS = 0.1  # as Kafka Streams does by default; its own 5 s would hold back what others may see


def application(step: str) -> Application:
    """One of the two."""
    return Application(
        broker_address=os.environ["BOOTSTRAP"],
        consumer_group=f"quix-{step}-{PREFIX}",
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=COMMIT_SECONDS,
        state_dir=os.environ["DATA"],
        loglevel="WARNING",
    )


def intake(app: Application) -> None:
    """Put what came in into the inbox by its tenant."""
    inbox = app.topic(f"{PREFIX}inbox", value_serializer="json")
    for name in INPUTS:
        came = app.dataframe(app.topic(PREFIX + name, value_deserializer="json"))
        came.filter(accepted).to_topic(inbox, key=lambda event: event["tenant"])


def ticketing(app: Application) -> None:
    """Open a ticket or join one; say so in the journal; alert."""
    journal = app.topic(f"{PREFIX}ticket-events", value_serializer="json")
    alerts = app.topic(f"{PREFIX}alerts", value_serializer="json")
    told = app.dataframe(app.topic(f"{PREFIX}inbox", value_deserializer="json")).apply(_done, stateful=True)
    told.apply(lambda both: both[0]).to_topic(journal, key=lambda entry: entry["ticket"])
    alerted = told.filter(lambda both: both[1] is not None).apply(lambda both: both[1])
    alerted.to_topic(alerts, key=lambda alert: alert["ticket"])


def _done(event: dict[str, Any], state: State) -> tuple[dict[str, Any], dict[str, Any] | None]:
    key = matter(event)
    ticket, entry, alert = done(key, state.get(key), event)
    state.set(key, ticket)
    return entry, alert


if __name__ == "__main__":
    app = application(sys.argv[1])
    {"intake": intake, "ticketing": ticketing}[sys.argv[1]](app)
    app.run()
