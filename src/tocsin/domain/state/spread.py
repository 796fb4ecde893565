"""Times in buckets: how many there were of about each length, in bounded space, so that each can be taken back.

A bucket is named by its shortest time in milliseconds. Times that share their first eight binary digits share a bucket,
so its name is less than 1/128 (0.8 %) below each of them, and all times up to a century need 5,000 buckets at most.
A limit that matters to money divides the bucket in which it lies: which side a percentile is on is exact.
"""

from collections.abc import Iterable, Mapping

_DIGITS = 8


def bucket(time: int, limits: Iterable[int]) -> int:
    """The bucket of `time`, where each of the `limits` ends one."""
    below = max(time.bit_length() - _DIGITS, 0)
    return max(time >> below << below, *(limit + 1 for limit in limits if limit < time), 0)


def percentile(spread: Mapping[int, int], tenths: int) -> int:
    """The bucket of the shortest time that so many tenths of all do not exceed; 0 where there is none."""
    left = -(-sum(spread.values()) * tenths // 10)
    for time in sorted(spread):
        left -= spread[time]
        if left <= 0:
            return time
    return 0
