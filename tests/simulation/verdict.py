"""What can be found wrong."""


class Violation(Exception):  # noqa: N818 - says what was found
    """An invariant does not hold. `invariant` is its name, `seen` what was seen."""

    def __init__(self, invariant: str, seen: str) -> None:
        super().__init__(invariant, seen)  # both, so that it gets from one process to another
        self.invariant = invariant
        self.seen = seen

    def __str__(self) -> str:
        return f"{self.invariant}: {self.seen}"


def require(holds: bool, invariant: str, *seen: object) -> None:
    """Raise `Violation` unless it holds."""
    if not holds:
        raise Violation(invariant, " ".join(map(str, seen)))
