"""Test for addresses of this machine."""

from ipaddress import ip_address


def is_loopback(host: str) -> bool:
    """Returns whether `host` is this machine and no other. Names are not looked up: a name server could lie."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
