"""What can be found wrong."""


class Violation(Exception):  # noqa: N818 - says what was found
    """An invariant does not hold. `invariant` is its name, the text says what was seen."""

    def __init__(self, invariant: str, text: str) -> None:
        super().__init__(f"{invariant}: {text}")
        self.invariant = invariant


def require(holds: bool, invariant: str, *seen: object) -> None:  # noqa: FBT001 - what is required comes first
    """Raise `Violation` unless it holds."""
    if not holds:
        raise Violation(invariant, " ".join(map(str, seen)))
