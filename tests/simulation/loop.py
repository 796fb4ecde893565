"""The true time and the processes that live on it, all in one thread.

A process is an asyncio event loop of its own. Code between two awaits takes no time; whatever takes time is an entry
of the scheduler's agenda. So a process can be stopped at any await, for a while or for good.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from contextvars import Context
from heapq import heappop, heappush
from itertools import count
from math import ceil
from typing import Any

MILLISECOND = 1_000
SECOND = 1_000 * MILLISECOND
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""True time is counted in microseconds."""

_BURIAL_ROUNDS_MAX = 100

Action = Callable[..., object]


class Scheduler:
    """The true time in microseconds, and what happens when. What is due at the same time happens in order."""

    def __init__(self) -> None:
        self.now = 0
        self._agenda: list[tuple[int, int, Action, tuple[Any, ...]]] = []
        self._entries = 0

    def at(self, when: int, action: Action, *arguments: Any) -> None:
        """Call `action` at `when`, or now if that has passed."""
        self._entries += 1
        heappush(self._agenda, (max(when, self.now), self._entries, action, arguments))

    def after(self, delay: int, action: Action, *arguments: Any) -> None:
        """Call `action` after `delay`."""
        self.at(self.now + delay, action, *arguments)

    def run_until(self, end: int) -> None:
        """Let everything happen up to `end`."""
        agenda = self._agenda
        while agenda and agenda[0][0] <= end:
            self.now, _, action, arguments = heappop(agenda)
            action(*arguments)
        self.now = end


class _Task(asyncio.Task[Any]):
    """Hashes by its number: a set of tasks has the same order in every run."""

    _numbers = count()

    def __init__(self, *arguments: Any, **named: Any) -> None:
        self.number = next(self._numbers)
        super().__init__(*arguments, **named)

    def __hash__(self) -> int:
        return self.number


_EventLoop: Any = asyncio.AbstractEventLoop  # typeshed wants 38 methods more, which nobody here calls


class Process(_EventLoop):  # type: ignore[misc]  # see above
    """A process: its event loop, its monotonic clock, its wall clock, and its end."""

    current: "Process | None" = None
    """The one whose code runs just now."""

    def __init__(self, scheduler: Scheduler, name: str, wall: Callable[[], float]) -> None:
        """`wall` is the wall clock of its machine, in seconds."""
        self.name = name
        self.wall = wall
        self.alive = True
        self.buried = False
        self.frozen = False
        self.unhandled: list[str] = []
        self.ended: Callable[[], object] = lambda: None  # called once it is buried
        self._scheduler = scheduler
        self._ready: deque[asyncio.Handle] = deque()
        self._held: list[tuple[Action, tuple[Any, ...]]] = []
        self._fuse: tuple[int, Callable[[], object]] | None = None
        self._lost = 0  # microseconds that its monotonic clock has stood still
        self._frozen_at = 0

    # ---- what happens to it

    def enter(self, action: Action, *arguments: Any) -> None:
        """Something reaches the process: a frozen one takes it in later, a dead one never."""
        if not self.alive:
            return
        if self.frozen:
            self._held.append((action, arguments))
        elif Process.current is self:
            action(*arguments)
        else:
            self._act(action, *arguments)

    def spawn(self, work: Callable[..., Coroutine[Any, Any, Any]], *arguments: Any) -> None:
        """Run `work` as a task of the process."""
        self.enter(lambda: self.create_task(work(*arguments)))

    def light_fuse(self, steps: int, burnt: Callable[[], object]) -> None:
        """Call `burnt` after so many further steps of its tasks: that is somewhere amid its awaits."""
        self._fuse = (steps, burnt)

    def defuse(self) -> None:
        """Forget a fuse that has not burnt down."""
        self._fuse = None

    def freeze(self) -> None:
        """Stop it where it stands (SIGSTOP, or a machine that is suspended)."""
        if self.alive and not self.frozen:
            self.frozen, self._frozen_at = True, self._scheduler.now

    def thaw(self, *, suspended: bool) -> None:
        """Go on. If the machine was `suspended`, the monotonic clock has not moved meanwhile."""
        if not self.frozen:
            return
        self.frozen = False
        if suspended:
            self._lost += self._scheduler.now - self._frozen_at
        self._act(lambda: None)
        held, self._held = self._held, []
        for action, arguments in held:
            self.enter(action, *arguments)

    def kill(self) -> None:
        """End it without a word (SIGKILL): nothing that it has begun goes on."""
        if self.alive:
            self.alive = False
            self._scheduler.after(0, self._end)

    def _end(self) -> None:
        self.bury()
        self.ended()

    def bury(self) -> None:
        """Unwind what is left in memory; `buried` tells the simulated world to take no notice."""
        self.alive, self.buried, self._fuse = False, True, None
        for _ in range(_BURIAL_ROUNDS_MAX):
            self._act(lambda: None)
            pending = sorted(asyncio.all_tasks(self), key=hash)
            if not pending:
                return
            for task in pending:
                task.cancel()
        raise RuntimeError(f"{self.name} does not end: {pending}")

    def _act(self, action: Action, *arguments: Any) -> None:
        """Run `action` in the process, and then whatever has become ready."""
        Process.current = self
        asyncio._set_running_loop(self)  # noqa: SLF001 - what every event loop does
        try:
            action(*arguments)
            self._run_ready()
        finally:
            asyncio._set_running_loop(None)  # noqa: SLF001 - as above
            Process.current = None

    def _run_ready(self) -> None:
        ready = self._ready
        while ready and (self.buried or (self.alive and not self.frozen)):
            if self._fuse is not None and self._burns():
                continue
            handle = ready.popleft()
            if not handle.cancelled():
                handle._run()  # noqa: SLF001 - what every event loop does

    def _burns(self) -> bool:
        steps, burnt = self._fuse or (0, self.kill)
        self._fuse = (steps - 1, burnt)
        if steps > 0:
            return False
        self._fuse = None
        burnt()
        return True

    # ---- what asyncio asks of an event loop

    def time(self) -> float:
        """Its monotonic clock, in seconds."""
        return (self._scheduler.now - self._lost) / SECOND

    def call_soon(self, callback: Action, *args: Any, context: Context | None = None) -> asyncio.Handle:
        """See `asyncio.AbstractEventLoop`."""
        handle = asyncio.Handle(callback, args, self, context)
        self._ready.append(handle)
        return handle

    def call_later(
        self, delay: float, callback: Action, *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """See `asyncio.AbstractEventLoop`."""
        return self.call_at(self.time() + delay, callback, *args, context=context)

    def call_at(self, when: float, callback: Action, *args: Any, context: Context | None = None) -> asyncio.TimerHandle:
        """See `asyncio.AbstractEventLoop`."""
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self._await_timer(handle)
        return handle

    def _await_timer(self, handle: asyncio.TimerHandle) -> None:
        due = ceil(handle.when() * SECOND) + self._lost
        if due <= self._scheduler.now and handle.when() > self.time():
            due = self._scheduler.now + 1  # less than a microsecond is still some time
        self._scheduler.at(due, self._timer_due, handle, due - self._lost)

    def _timer_due(self, handle: asyncio.TimerHandle, due: int) -> None:
        if not handle.cancelled():
            self.enter(self._timer_runs, handle, due)

    def _timer_runs(self, handle: asyncio.TimerHandle, due: int) -> None:
        if due + self._lost > self._scheduler.now:
            self._await_timer(handle)  # the clock has stood still meanwhile
        else:
            self._ready.append(handle)

    def _timer_handle_cancelled(self, handle: asyncio.TimerHandle) -> None:
        """Nothing: it is skipped when it comes up."""

    def create_future(self) -> asyncio.Future[Any]:
        """See `asyncio.AbstractEventLoop`."""
        return asyncio.Future(loop=self)

    def create_task(self, coro: Any, *, name: str | None = None, context: Context | None = None) -> asyncio.Task[Any]:
        """See `asyncio.AbstractEventLoop`."""
        return _Task(coro, loop=self, name=name, context=context)

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """An exception that nobody has looked at."""
        if not self.buried:
            self.unhandled.append(f"{context.get('message')} {context.get('exception')!r}")

    def get_debug(self) -> bool:
        """See `asyncio.AbstractEventLoop`."""
        return False

    def is_running(self) -> bool:
        """See `asyncio.AbstractEventLoop`."""
        return True

    def is_closed(self) -> bool:
        """See `asyncio.AbstractEventLoop`."""
        return False


@contextmanager
def machine_clocks() -> Iterator[None]:
    """`time.time` tells the wall clock of the machine whose code runs: whoever reads it, is misled as planned."""
    real = time.time

    def wall() -> float:
        return Process.current.wall() if Process.current is not None else real()

    time.time = wall
    try:
        yield
    finally:
        time.time = real
