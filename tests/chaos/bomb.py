"""A batch of a few kilobytes that unpacks to half a gigabyte, and how a stranger would send it."""

import asyncio
import struct

from aiokafka.record.util import calc_crc32c

_BLOCK = 128 * 1024  # zstd's largest block
_ZSTD = 4
_PRODUCE, _PRODUCE_VERSION = 0, 7  # the first version that may carry zstd
_ANSWER_SECONDS = 60


def one_huge_record(size: int) -> bytes:
    """A batch of one record, whose value is `size` zeros."""
    return _batch(_frame([_record(size)]), 1)


def many_large_records(count: int, size: int) -> bytes:
    """A batch of so many records, each of which would be allowed."""
    return _batch(_frame([_record(size, number) for number in range(count)]), count)


def _record(size: int, number: int = 0) -> tuple[bytes, int, bytes]:
    """What stands before its value, the value's size, and what stands behind it."""
    body = b"\x00" + _varint(0) + _varint(number) + _varint(-1) + _varint(size)
    behind = _varint(0)
    return _varint(len(body) + size + len(behind)) + body, size, behind


def _varint(number: int) -> bytes:
    zigzag, encoded = (number << 1) ^ (number >> 63), bytearray()
    while zigzag > 0x7F:
        encoded.append(zigzag & 0x7F | 0x80)
        zigzag >>= 7
    return bytes([*encoded, zigzag])


def _frame(records: list[tuple[bytes, int, bytes]]) -> bytes:
    """One zstd frame, made of blocks that say "this byte so many times" wherever that is possible."""
    blocks: list[tuple[int, int, bytes]] = []
    for before, size, behind in records:
        blocks.append((0, len(before), before))
        blocks += [(1, min(_BLOCK, size - at), b"\x00") for at in range(0, size, _BLOCK)]
        blocks.append((0, len(behind), behind))
    last = len(blocks) - 1
    packed = [
        (int(number == last) | kind << 1 | size << 3).to_bytes(3, "little") + content
        for number, (kind, size, content) in enumerate(blocks)
    ]
    return bytes.fromhex("28b52ffd") + b"\x00\x50" + b"".join(packed)


def _batch(frame: bytes, count: int) -> bytes:
    checked = struct.pack(">hiqqqhii", _ZSTD, count - 1, 0, 0, -1, -1, -1, count) + frame
    summed = struct.pack(">ibI", -1, 2, calc_crc32c(checked)) + checked
    return struct.pack(">qi", 0, len(summed)) + summed


async def send(bootstrap: str, topic: str, partition: int, batch: bytes) -> int:
    """Produce `batch` as it is; the broker's error code, 0 where it took it, -1 where it hung up."""
    host, _, port = bootstrap.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        body = struct.pack(">hhih", _PRODUCE, _PRODUCE_VERSION, 1, 4) + b"bomb"
        body += struct.pack(">hhii", -1, 1, 30_000, 1) + _text(topic) + struct.pack(">iii", 1, partition, len(batch))
        writer.write(struct.pack(">i", len(body) + len(batch)) + body + batch)
        async with asyncio.timeout(_ANSWER_SECONDS):
            answer = await reader.readexactly(struct.unpack(">i", await reader.readexactly(4))[0])
    except (asyncio.IncompleteReadError, ConnectionError):
        return -1
    finally:
        writer.close()
    skipped = 4 + 4 + 2 + len(topic.encode()) + 4 + 4  # correlation, topics, name, partitions, partition
    code: int = struct.unpack_from(">h", answer, skipped)[0]
    return code


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text.encode())) + text.encode()
