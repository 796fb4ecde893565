"""Imported by Python at its start: shifts the wall clock of this process by WALL_CLOCK_SHIFT seconds."""

import os
import sys
import time

_SHIFT = float(os.environ["WALL_CLOCK_SHIFT"])
_time, _time_ns, _clock_gettime, _gmtime, _localtime = (
    time.time,
    time.time_ns,
    time.clock_gettime,
    time.gmtime,
    time.localtime,
)

time.time = lambda: _time() + _SHIFT
time.time_ns = lambda: _time_ns() + int(_SHIFT * 1_000_000_000)
time.clock_gettime = lambda clock: _clock_gettime(clock) + (_SHIFT if clock == time.CLOCK_REALTIME else 0)
time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
time.localtime = lambda seconds=None: _localtime(time.time() if seconds is None else seconds)
sys.stderr.write(f"wall clock shifted by {_SHIFT:.0f} s\n")
