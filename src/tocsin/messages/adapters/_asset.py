"""The asset of a detection: what is the client's own among the things that a sensor names."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Networks = Sequence[IPv4Network | IPv6Network]

_PRIVATE = tuple(
    map(
        ip_network,
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"),
    )
)
"""The home of a tenant whose `home_networks` the tenants file does not give."""


def endpoint(source: str | None, destination: str | None, home: Networks) -> str | None:
    """The endpoint that is the tenant's own; the destination where both are, or neither is."""
    if source and destination and not is_home(destination, home) and is_home(source, home):
        return source
    return destination or source


def at_home(addresses: Iterable[str], home: Networks) -> str | None:
    """The first of `addresses` in the tenant's own networks."""
    return next((address for address in addresses if is_home(address, home)), None)


def is_home(address: str, home: Networks) -> bool:
    """True if `address` is in one of the networks `home`; without any, if it is a private one."""
    if not home:
        return _is_private(address)
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in home)


@lru_cache(maxsize=10_000)
def _is_private(address: str) -> bool:
    parsed = _parsed(address)
    return parsed is not None and any(parsed in network for network in _PRIVATE)


@lru_cache(maxsize=10_000)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    """The address; None where it is none. Remembered, since parsing one costs a sixth of a whole EVE line."""
    try:
        return ip_address(address)
    except ValueError:
        return None
