"""When certificates expire: those in files that settings name, and those of servers as they were shown."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from tocsin.domain.instant import SECOND, Instant, from_datetime
from tocsin.measures import Declared, Kind
from tocsin.settings import Settings

FILES = (
    *("tls_ca_file", "tls_certificate_file"),
    *("gateway_tls_certificate_file", "gateway_tls_client_ca_file"),
    *("board_tls_certificate_file", "answer_tls_certificate_file"),
)
"""The settings that name a file of certificates."""

EXPIRY = Declared(
    "tocsin_certificate_expiry_timestamp_seconds",
    Kind.GAUGE,
    "When a certificate expires, in seconds since 1970, by the setting that names its file, or by the broker's name.",
    ("certificate",),
)


class Certificates(NamedTuple):
    """The certificates in a file, by the setting that names it; the first of them to expire does so at `expires_at`.

    None: there is no readable one.
    """

    setting: str
    path: Path
    expires_at: Instant | None


def in_files(settings: Settings) -> list[Certificates]:
    """The certificates in each file that the settings name."""
    named = ((name, getattr(settings, name)) for name in FILES)
    return [Certificates(name, path, _first_to_expire(path)) for name, path in named if path is not None]


def _first_to_expire(path: Path) -> Instant | None:
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())
    except (OSError, ValueError):
        return None
    return min(from_datetime(each.not_valid_after_utc) for each in found)


def expiries(settings: Settings, shown: Mapping[str, Instant]) -> dict[str, float]:
    """The seconds since 1970 at which each certificate expires; one that cannot be read has expired at 0.

    `shown` are those of brokers, by their names.
    """
    found = {each.setting: each.expires_at or 0 for each in in_files(settings)}
    return {name: at / SECOND for name, at in (found | {f"broker {host}": at for host, at in shown.items()}).items()}


class ExpiryCollector(Collector):
    """The metric of a process that keeps a registry of Prometheus' client; `read` gives its samples."""

    def __init__(self, read: Callable[[], Mapping[str, float]]) -> None:
        self._read = read

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Called when Prometheus asks."""
        family = GaugeMetricFamily(EXPIRY.name, EXPIRY.text, labels=EXPIRY.labels)
        for certificate, seconds in self._read().items():
            family.add_metric([certificate], seconds)
        yield family
