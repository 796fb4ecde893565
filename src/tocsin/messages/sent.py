"""What counts as sent by us, and can so stop a clock."""

from enum import Enum, auto


class Sent(Enum):
    """What counts as sent by us beside what stands on `soc.sent`, which is for that alone.

    Kafka shows no reader who wrote a record, so a topic proves as much as the rights to write to it.
    """

    PROVEN = auto()
    """In our own schema all that says so; of raw mail what a trusted server has found to be ours."""

    ON_ITS_TOPIC = auto()
    """Nothing in our own schema; of raw mail as `PROVEN`."""

    AS_RECORDED = auto()
    """As `PROVEN`, and raw mail from our addresses that no server has received: who could write it, no file tells."""
