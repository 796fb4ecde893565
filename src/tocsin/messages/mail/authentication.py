"""`Authentication-Results` (RFC 8601): what a mail server that we trust has found out about a mail.

Read strictly: a field that is not written as the RFC has it proves nothing. Of the libraries `authres` is the one that
others use: its last release is of 2019, and it has no types.
"""

import re
from collections.abc import Callable, Collection
from typing import NamedTuple

from tocsin.messages.mail.addresses import addresses, end_of_comment
from tocsin.messages.mail.headers import Headers

FIELD = "authentication-results"
"""The name of the header."""

_SPACE = re.compile(r"\s*")
_TOKEN = re.compile(r'[;=]|(?:"(?:[^"\\]|\\.)*"|[^\s;="()])+', re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)


class Result(NamedTuple):
    """The result of one method, such as `dmarc`. All is in lower case."""

    method: str
    result: str
    properties: dict[str, str]


class _MalformedError(ValueError):
    """The field is not written as RFC 8601 has it."""


def is_proven(
    address: str, headers: Headers, authserv_ids: Collection[str], is_mail_domain: Callable[[str], bool]
) -> bool:
    """True if a server of `authserv_ids` found that a mail is from `address`, its one sender: by DMARC, or by DKIM.

    A signature counts of the sender's own domain, one below it, or one above it that `is_mail_domain` knows.
    """
    senders = [sender for field in headers.all("from") for sender in addresses(field) or [""]]
    if senders != [address]:
        return False
    domain = address.rpartition("@")[2]
    results = trusted_results(headers, authserv_ids)
    by_dmarc = [each for each in results if each.method == "dmarc" and each.result != "none"]
    if by_dmarc:
        return all(each.result == "pass" and each.properties.get("header.from") == domain for each in by_dmarc)
    signers = [_signer(each) for each in results if each.method == "dkim" and each.result == "pass"]
    return any(
        it == domain or it.endswith(f".{domain}") or (domain.endswith(f".{it}") and is_mail_domain(it))
        for it in signers
        if it
    )


def _signer(result: Result) -> str:
    return result.properties.get("header.d") or result.properties.get("header.i", "").rpartition("@")[2]


def trusted_results(headers: Headers, authserv_ids: Collection[str]) -> tuple[Result, ...]:
    """The results of the topmost field that is from one of these servers; none where one is malformed down to there.

    Only the topmost one: below it may stand what a stranger wrote, and what made a server's own field malformed.
    """
    try:
        for field in headers.all(FIELD) if authserv_ids else ():
            server, *methods = _parts(field)
            if server and _value(server[0]) in authserv_ids:
                return tuple(_result(each) for each in methods if each not in ([], ["none"]))
    except _MalformedError:
        pass
    return ()


def _result(tokens: list[str]) -> Result:
    """`dmarc=pass header.from=soc.example`: the method with its result, then what it was made of."""
    names, signs, values = tokens[::3], tokens[1::3], tokens[2::3]
    if len(names) != len(values) or set(signs) != {"="} or "=" in (*names, *values):
        raise _MalformedError
    (method, result), *properties = zip(map(str.lower, names), map(_value, values), strict=True)
    if len(dict(properties)) != len(properties):
        raise _MalformedError
    return Result(method.partition("/")[0], result, dict(properties))


def _value(token: str) -> str:
    quoted = _QUOTED.fullmatch(token)
    return re.sub(r"\\(.)", r"\1", quoted[1] if quoted else token, flags=re.DOTALL).lower()


def _parts(field: str) -> list[list[str]]:
    """The tokens between the semicolons. Raises `_MalformedError`."""
    parts: list[list[str]] = [[]]
    at = 0
    while at < len(field):
        at = _SPACE.match(field, at).end()  # type: ignore[union-attr]  # it matches everywhere
        if field[at : at + 1] == "(":
            at = end_of_comment(field, at)
            if at < 0:
                raise _MalformedError
            continue
        token = _TOKEN.match(field, at)
        if token is None:
            break
        at = token.end()
        if token[0] == ";":
            parts.append([])
        else:
            parts[-1].append(token[0])
    if at < len(field):
        raise _MalformedError
    return parts
