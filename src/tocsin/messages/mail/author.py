"""The author of a mail: its sender, or who is behind a list that wrote it anew, a form, or a forward."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from tocsin.messages.mail.addresses import addresses, hidden_address
from tocsin.messages.mail.forwarded import is_forward, original_senders
from tocsin.messages.mail.headers import Headers

_LIST_MARKS = ("list-id", "list-post", "x-original-from", "x-google-original-from")
_ORIGINALS = ("x-original-from", "x-google-original-from", "reply-to")

IsOurs = Callable[[str], bool]


class Author(NamedTuple):
    """`address` is empty where the mail names nobody."""

    address: str
    on_behalf: bool = False
    """Another one than `From` says: of a list, a form or a forward. Such a mail is never one that we sent."""


def author(headers: Headers, recipients: tuple[str, ...], is_ours: IsOurs) -> Author:
    """The writer of a mail that goes to `recipients`. A mail of several counts as that of the first who is not ours."""
    written_by = _senders(headers)
    sender = next((it for it in written_by if not is_ours(it)), next(iter(written_by), ""))
    listed = is_through_a_list(headers)
    ours = is_ours(sender)
    to_us_alone = ours and all(map(is_ours, recipients))
    if to_us_alone or (listed and (ours or sender in (*recipients, *addresses(headers.text("list-post"))))):
        original = next((it for it in _originals(headers, sender, listed=listed) if not is_ours(it)), None)
        if original:
            return Author(original, on_behalf=True)
    if to_us_alone and is_forward(headers):
        named = next((it for it in original_senders(headers) if not is_ours(it)), sender)
        return Author(named, on_behalf=True)
    return Author(sender)


def is_through_a_list(headers: Headers) -> bool:
    """True if a mailing list or a group address sent the mail on."""
    return any(mark in headers for mark in _LIST_MARKS) or headers.text("precedence").strip().lower() == "list"


def is_through_our_list(headers: Headers, is_ours: IsOurs) -> bool:
    """True if it was a list of our own, by `List-Post` or `List-Id` (`<soc.example.com>` is `soc@example.com`)."""
    posts = addresses(headers.text("list-post"))
    named = (
        it.strip().lower().replace(".", "@", 1) for it in headers.text("list-id").rpartition("<")[2].split(">")[:1]
    )
    return any(is_ours(it) for it in (*posts, *named) if "@" in it)


def _senders(headers: Headers) -> list[str]:
    """The addresses of `From`, all of them; else of `Sender` or the return path; else its text."""
    found = [address for field in headers.all("from") for address in addresses(field)]
    found = found or [hidden for field in headers.all("from") if (hidden := hidden_address(field))]
    for other in ("sender", "return-path"):
        found = found or list(addresses(headers.text(other)))
    text = headers.decoded("from").strip(' "<>').lower()
    return found or ([text] if text else [])


def _originals(headers: Headers, sender: str, *, listed: bool) -> Iterator[str]:
    """The writer behind a sender that only passed the mail on."""
    for name in _ORIGINALS if listed else ("reply-to",):
        yield from (address for address in addresses(headers.text(name)) if address != sender)
