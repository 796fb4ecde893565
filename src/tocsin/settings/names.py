"""The names of settings: every variable that starts with `TOCSIN_` is one of them, or stands in the list here."""

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from types import MappingProxyType

PREFIX = "TOCSIN_"

OTHER_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        "TOCSIN_CONFIG": "names the TOML file of the settings",
        "TOCSIN_SCALED_CLOCK": "the clock that `tocsin dev` gives its worker",
    }
)
"""Variables of ours that are no settings."""

_KUBERNETES = re.compile(r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
"""Kubernetes tells each pod the addresses of services in this way, so of one that is named `tocsin`, too."""

_ADDRESS = re.compile(r"(tcp|udp|sctp)://")
"""The value of `TOCSIN_PORT`, which also comes from there."""


def unknown_variables(settings: Iterable[str], environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """The variables of `environment` that are meant for us and set nothing. An empty one is not set."""
    known = {f"{PREFIX}{name.upper()}" for name in settings} | OTHER_VARIABLES.keys()
    for name, value in sorted(environment.items()):
        ours = name.upper().startswith(PREFIX) and not _is_of_kubernetes(name.upper(), value)
        if value and ours and name.upper() not in known:
            yield name


def _is_of_kubernetes(name: str, value: str) -> bool:
    if name.endswith("_PORT") and _ADDRESS.match(value):
        return True
    return _KUBERNETES.fullmatch(name.removeprefix(PREFIX)) is not None


def without_such_setting(name: str, source: str, settings: Iterable[str]) -> str:
    """A sentence that `name` is no setting, with the nearest that is one."""
    variable = name.upper().startswith(PREFIX)
    known = {setting: f"{PREFIX}{setting.upper()}" if variable else setting for setting in settings}
    if variable:
        known |= {other.removeprefix(PREFIX).lower(): other for other in OTHER_VARIABLES}
    plain = name[len(PREFIX) :] if variable else name
    nearest = get_close_matches(plain.lower(), known, n=1)
    hint = f" did you mean {known[nearest[0]]}?" if nearest else ""
    return f"There is no setting {name!r} ({source});{hint} `tocsin settings` lists them."
