"""An index of tickets or callers by names that several of them may share."""

from collections.abc import Collection


class Index:
    """Ids by a name that several may share. Nearly always there is one, so one alone is kept without a container."""

    def __init__(self) -> None:
        self._ids: dict[str, str | dict[str, None]] = {}

    def add(self, name: str, new: str) -> None:
        """`new` has this name too."""
        known = self._ids.setdefault(name, new)
        if isinstance(known, dict):
            known[new] = None
        elif known != new:
            self._ids[name] = {known: None, new: None}

    def discard(self, name: str, old: str) -> None:
        """`old` has this name no longer, if it had."""
        known = self._ids.get(name)
        if isinstance(known, dict):
            known.pop(old, None)
        if not known or known == old:
            self._ids.pop(name, None)

    def of(self, name: str) -> Collection[str]:
        """The ids of that name, in the order in which they were added."""
        known = self._ids.get(name, ())
        return (known,) if isinstance(known, str) else known
