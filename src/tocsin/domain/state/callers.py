"""The callers of a tenant: to whom callbacks are owed, and whom we have spoken to."""

from collections.abc import Collection, Iterable, Iterator

from tocsin.domain.state.callbacks import Caller
from tocsin.domain.state.index import Index
from tocsin.domain.state.persons import parts


class Callers:
    """Callers by the key of the person, with their indexes."""

    def __init__(self) -> None:
        self.callers: dict[str, Caller] = {}
        self._callers_of_call = Index()
        self._at = Index()
        self._named = Index()

    def caller(self, person: str) -> Caller:
        """The caller of that key; a new one, not kept, where none is known."""
        return self.callers.get(person) or Caller(person)

    def put_caller(self, caller: Caller, dropped: Iterable[str] = ()) -> None:
        """Take in `caller` and index its calls; `dropped` are calls that it no longer has."""
        self.callers[caller.number] = caller
        for call in dropped:
            self._callers_of_call.discard(call, caller.number)
        for call in caller.calls:
            self._callers_of_call.add(call, caller.number)
        for index, name in self._places(caller.number):
            index.add(name, caller.number)

    def drop_caller(self, caller: Caller) -> None:
        """Forget `caller`."""
        del self.callers[caller.number]
        for call in caller.calls:
            self._callers_of_call.discard(call, caller.number)
        for index, name in self._places(caller.number):
            index.discard(name, caller.number)

    def _places(self, person: str) -> Iterator[tuple[Index, str]]:
        place, name = parts(person)
        if name:
            yield self._at, place
            yield self._named, name

    def callers_of(self, call: str) -> Collection[str]:
        """The callers whose missed call `call` was."""
        return self._callers_of_call.of(call)

    def caller_of(self, call: str) -> str | None:
        """The caller whose missed call `call` was; None if no caller or more than one is known."""
        callers = self.callers_of(call)
        return next(iter(callers)) if len(callers) == 1 else None

    def persons_at(self, place: str) -> Collection[str]:
        """Those who have rung from that number and given a name."""
        return self._at.of(place)

    def persons_named(self, name: str) -> Collection[str]:
        """Those who have given that name, from wherever they rang."""
        return self._named.of(name)
