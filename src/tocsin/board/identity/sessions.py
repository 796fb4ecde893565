"""Sessions: what a browser shows after it has signed in, and what its forms carry so that no other page sends them."""

import json
import secrets
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tocsin.board.identity.openid import Trip
from tocsin.board.identity.signed import sign, verified

_SESSION, _FORM, _TRIP = "session", "form", "trip"
_ENDED_MAX = 10_000


class Session(NamedTuple):
    """Who has signed in, how and until when, in seconds since the epoch.

    `proof` is what the identity stands on. The rights that a token has are looked up again for each request; what a
    provider said somebody may stands here.
    """

    expires: float
    id: str
    name: str
    proof: str
    acts: bool = False
    tenants: tuple[str, ...] | None = None


class Sessions:
    """Makes and reads sessions. The first of `keys` signs, all of them hold. `now`: seconds since the epoch."""

    def __init__(self, keys: Sequence[bytes], seconds: float, now: Callable[[], float]) -> None:
        self._keys = keys
        self._seconds = seconds
        self._now = now
        self._ended: dict[str, float] = {}

    @property
    def seconds(self) -> int:
        """How long a session lasts."""
        return int(self._seconds)

    def begin(self, name: str, proof: str, *, acts: bool = False, tenants: tuple[str, ...] | None = None) -> str:
        """A new session, as the cookie holds it."""
        session = Session(self._now() + self._seconds, secrets.token_urlsafe(16), name, proof, acts, tenants)
        return sign(json.dumps(session).encode(), _SESSION, self._keys[0])

    def read(self, text: str) -> Session | None:
        """The session of a cookie; None where it is none of ours, has expired or was ended."""
        content = verified(text, _SESSION, self._keys)
        session = None if content is None else Session(*json.loads(content))
        if session is None or session.expires <= self._now() or session.id in self._ended:
            return None
        return session

    def depart(self, trip: Trip) -> str:
        """`trip`, as the cookie holds it."""
        return sign(json.dumps(trip).encode(), _TRIP, self._keys[0])

    def returned(self, text: str) -> Trip | None:
        """The trip of a cookie; None where it is none of ours."""
        content = verified(text, _TRIP, self._keys)
        return None if content is None else Trip(*json.loads(content))

    def end(self, session: str, expires: float) -> None:
        """Let the session of that id count no longer, whoever has a copy of its cookie. Until the board restarts."""
        now = self._now()
        if len(self._ended) >= _ENDED_MAX:
            self._ended = {each: until for each, until in self._ended.items() if until > now}
        self._ended[session] = expires

    def form_token(self, session: str) -> str:
        """What a form of that session carries."""
        return sign(json.dumps([self._now() + self._seconds, session]).encode(), _FORM, self._keys[0])

    def is_form_of(self, session: str, token: str) -> bool:
        """True for what a form of that session carries, as long as a session lasts."""
        content = verified(token, _FORM, self._keys)
        if content is None:
            return False
        expires, whose = json.loads(content)
        return bool(expires > self._now() and whose == session)
