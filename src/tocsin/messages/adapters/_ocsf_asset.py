"""OCSF: the asset of a finding, which may stand in many places. The most telling place comes first.

Of two endpoints the asset is the one in the client's own networks.
"""

from collections.abc import Iterator

from tocsin.messages.adapters._asset import Networks, at_home, endpoint, is_home
from tocsin.messages.adapters._sensor import dig, first_text, text

_ITEMS_MAX = 20
"""Of a list so many are looked at."""

_ACTOR = 2
"""`role_id` of a resource that acted; the others are targets, affected or related."""

_IP_ADDRESS, _HOSTNAME, _USER_NAME, _RESOURCE_UID = 2, 1, 4, 10
_OF_A_HOST = ("hostname", "name", "ip", "uid")
_OF_AN_ENDPOINT = ("ip", "hostname", "name", "uid")
_OF_A_RESOURCE = ("hostname", "name", "uid", "ip")
_STORES = ("database", "databucket", "table", "file")


def asset(event: dict[str, object], home: Networks) -> str | None:
    """The name of what the client owns; None where the finding names nothing."""
    return (
        _named(event.get("device"), _OF_A_HOST)
        or _resource(event)
        or _own_endpoint(event, home)
        or next((name for store in _STORES if (name := _named(event.get(store), ("name", "path", "uid")))), None)
        or _observed(event, home)
        or _user(event)
        or text(dig(event, "cloud", "account", "uid"))
        or _foreign_source(event)
    )


def _resource(event: dict[str, object]) -> str | None:
    resources = [*_items(event.get("resources")), *_items([event.get("resource")])]
    passive = [each for each in resources if each.get("role_id") != _ACTOR]
    names = (_named(each, _OF_A_RESOURCE) for each in passive or resources)
    return next((name for name in names if name), None)


def _own_endpoint(event: dict[str, object], home: Networks) -> str | None:
    """The endpoint at home in the evidence, or in the event itself; else the first destination."""
    destination: str | None = None
    for place in (*_items(event.get("evidences")), event):
        if place is not event and (host := _named(place.get("device"), _OF_A_HOST)):
            return host
        source, target = place.get("src_endpoint"), place.get("dst_endpoint")
        addresses = _named(source, _OF_AN_ENDPOINT), _named(target, _OF_AN_ENDPOINT)
        own = endpoint(*addresses, home)
        if own is not None and is_home(own, home):
            return _named(source if own == addresses[0] else target, _OF_A_HOST)
        destination = destination or _named(target, _OF_A_HOST)
    return destination


def _foreign_source(event: dict[str, object]) -> str | None:
    places = (*_items(event.get("evidences")), event)
    return next((name for place in places if (name := _named(place.get("src_endpoint"), _OF_A_HOST))), None)


def _observed(event: dict[str, object], home: Networks) -> str | None:
    """An observable: an address at home, else a host, a resource or a user."""
    observed = [(each.get("type_id"), text(each.get("value"))) for each in _items(event.get("observables"))]
    own = at_home([value for kind, value in observed if value and kind == _IP_ADDRESS], home)
    others = (_HOSTNAME, _RESOURCE_UID, _USER_NAME)
    return own or next((value for wanted in others for kind, value in observed if value and kind == wanted), None)


def _user(event: dict[str, object]) -> str | None:
    """The user whom the finding is about, or who acted."""
    evidence = next(_items(event.get("evidences")), {})
    places = (event.get("user"), dig(evidence, "user"), dig(event, "actor", "user"), dig(evidence, "actor", "user"))
    return next((name for place in places if (name := _named(place, ("name", "email_addr", "uid")))), None)


def _named(thing: object, members: tuple[str, ...]) -> str | None:
    return first_text(*(thing.get(member) for member in members)) if isinstance(thing, dict) else None


def _items(found: object) -> Iterator[dict[str, object]]:
    """The objects in a list, as many as are looked at."""
    return (each for each in found[:_ITEMS_MAX] if isinstance(each, dict)) if isinstance(found, list) else iter(())
