"""How far the log was applied, as the state says it."""

import msgspec

from tocsin.messages.record import Topic
from tocsin.recording.reading import RecordSource


class _PartitionState(msgspec.Struct):
    """What any release's state of a partition says of it."""

    position: int | None = None


_decoder = msgspec.json.Decoder(_PartitionState)


def owed_up_to(source: RecordSource, partition: int) -> int | None:
    """The offset of the inbox before which all that follows must stand on the topics; None where nothing says it.

    A record by which a silence begins or ends is not done with when the state has seen it: its tickets are judged one
    after the other. While that goes on the record is not counted.
    """
    partitions = source.partitions(Topic.TENANTS)
    if not partitions:
        return None
    position, settling = 0, dict[bytes, bool]()
    for record in source.records(Topic.TENANTS, partition) if partition in partitions else ():
        key, value = record.key or b"", record.value or b""
        if key == b"partition/%d" % partition:
            position = _decoder.decode(value).position or 0
        elif key.startswith(b"tenant/"):
            settling[key] = b'"settles_at":' in value
    return position - 1 if position and any(settling.values()) else position
