"""A page in pieces: what each shows, and which of them are new to somebody who has seen it before.

A piece is compared by its facts, never by its text, which has countdowns in it.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, NamedTuple

from tocsin.board.text import templates
from tocsin.domain.instant import Instant


class Piece(NamedTuple):
    """A part of a page: the macro of `pieces.html` that writes it, and the facts that it is given."""

    macro: str
    facts: tuple[Any, ...]


class View(NamedTuple):
    """A page at one instant: its pieces by their id, and the order of those that stand in lists."""

    now: Instant
    pieces: Mapping[str, Piece]
    lanes: Mapping[str, tuple[str, ...]]

    def html(self, name: str) -> str:
        """The piece `name` as markup."""
        return rendered(name, self.pieces[name], self.now)

    def lane(self, name: str) -> list[str]:
        """The pieces of the list `name` as markup, in its order."""
        return [self.html(piece) for piece in self.lanes[name]]


class Seen(NamedTuple):
    """What somebody has been sent."""

    pieces: dict[str, Piece]
    lanes: dict[str, tuple[str, ...]]

    @classmethod
    def nothing(cls) -> "Seen":
        """Of somebody who has seen nothing yet."""
        return cls({}, {})

    def news(self, view: View) -> dict[str, Any]:
        """The pieces and the orders of `view` that are new, which have then been seen."""
        changed = [name for name, piece in view.pieces.items() if self.pieces.get(name) != piece]
        lanes = {name: order for name, order in view.lanes.items() if self.lanes.get(name) != order}
        for gone in self.pieces.keys() - view.pieces.keys():
            del self.pieces[gone]
        self.pieces.update((name, view.pieces[name]) for name in changed)
        self.lanes.update(lanes)
        news: dict[str, Any] = {}
        if changed:
            news["set"] = {name: view.html(name) for name in changed}
        if lanes:
            news["lanes"] = lanes
        return news


@cache
def _macros() -> Any:
    return templates().get_template("pieces.html").module


def rendered(name: str, piece: Piece, now: Instant) -> str:
    """The piece called `name` as markup, at `now`."""
    return str(getattr(_macros(), piece.macro)(name, now, *piece.facts))


def pieces(macro: str, facts: Iterable[tuple[str, tuple[Any, ...]]]) -> dict[str, Piece]:
    """Pieces that the same macro writes."""
    return {name: Piece(macro, given) for name, given in facts}
