"""The pages behind an answer link: plain HTML without scripts, for telephones and screen readers."""

import base64
from hashlib import sha256
from html import escape
from http import HTTPStatus
from typing import NamedTuple

_STYLE = """
:root{color-scheme:light dark}
body{font:1.125rem/1.5 system-ui,sans-serif;margin:0 auto;max-width:34rem;overflow-wrap:anywhere;padding:1.5rem}
h1{font-size:1.5rem;line-height:1.25}
button{background:#0b5394;border:0;border-radius:.5rem;color:#fff;font:inherit;font-weight:600;min-height:3.5rem;width:100%}
button:focus-visible{outline:.25rem solid #e69138;outline-offset:.125rem}
"""

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{base64.b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Of every answer: nothing is kept, run, framed or passed on."""


class Page(NamedTuple):
    """A page with its status. `button` is what the only thing on it that can be pressed says."""

    status: HTTPStatus
    title: str
    text: tuple[str, ...]
    button: str | None = None

    def html(self) -> str:
        """The page as a document; every word of it is text, whatever it holds."""
        paragraphs = "".join(f"<p>{escape(line)}</p>\n" for line in self.text)
        form = f'<form method="post"><button type="submit">{escape(self.button)}</button></form>' if self.button else ""
        return (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(self.title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
            f"<body>\n<main>\n<h1>{escape(self.title)}</h1>\n{paragraphs}{form}\n</main>\n</body>\n</html>\n"
        )


_DESK = "What is open can be taken at the desk, too: tocsin desk acknowledge."


def asked(about: str, who: str, role: str, until: str) -> Page:
    """Asks for the answer."""
    return Page(
        HTTPStatus.OK,
        f"Do you take {about}?",
        (
            f"This page went to {who}, who carries the role {role}.",
            "Whoever takes it acknowledges what is open about it; it rests then, and does not climb to the next one.",
            f"Nothing has happened yet. The link holds until {until}.",
        ),
        f"I take {about}",
    )


def taken(about: str, who: str) -> Page:
    """The answer is in the log."""
    return Page(HTTPStatus.OK, f"Taken: {about}", (f"Written down: {who} has taken it. You may close this page.",))


def used(about: str, who: str) -> Page:
    """The link has answered before."""
    return Page(
        HTTPStatus.OK,
        f"Already taken: {about}",
        (f"This link was used before, by {who}. A link answers once; nothing has changed now.", _DESK),
    )


def settled(about: str, how: str) -> Page:
    """There is nothing left to take."""
    return Page(HTTPStatus.OK, f"Nothing to take: {about}", (f"{how} Nothing has changed now.",))


def expired() -> Page:
    """The link was good once."""
    return Page(HTTPStatus.GONE, "This link has expired", ("It answers nothing any more.", _DESK))


def forged() -> Page:
    """The link is not ours."""
    text = ("It is not complete, or it was not made here. Copy it whole out of the message, or open it there.", _DESK)
    return Page(HTTPStatus.NOT_FOUND, "This link is not valid", text)


def too_many() -> Page:
    """Somebody tries links."""
    text = ("Too many links that are not valid were tried from there. Wait a minute.",)
    return Page(HTTPStatus.TOO_MANY_REQUESTS, "Wait a minute", text)


def unconfirmed(about: str) -> Page:
    """The log has not confirmed the answer."""
    return Page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        f"Not taken: {about}",
        ("It could not be written down just now. Press the button again; twice changes nothing.", _DESK),
        "Try again",
    )
