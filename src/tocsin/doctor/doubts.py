"""Settings that are allowed, and that hardly anybody wants."""

from collections.abc import Iterator

from tocsin.doctor.finding import Finding, Level
from tocsin.loopback import is_loopback
from tocsin.settings import Settings

NAME = "settings"
_WINDOW_MIN = 1_000


async def check(settings: Settings) -> list[Finding]:
    """Findings about the settings alone."""
    return judge(settings)


def judge(settings: Settings) -> list[Finding]:
    """A warning for each that is doubtful."""
    found = [Finding(NAME, Level.WARNING, sentence, command) for sentence, command in _doubts(settings)]
    return found or [Finding(NAME, Level.OK, "No setting is doubtful.")]


def _doubts(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.allow_plaintext and not settings.security_protocol.endswith("SSL"):
        yield "allow_plaintext lets messages leave this machine without TLS.", "TOCSIN_SECURITY_PROTOCOL=SASL_SSL"
    if settings.deduplication_window < _WINDOW_MIN:
        sentence = f"A repeat is looked for in only {settings.deduplication_window} inputs (deduplication_window)."
        yield sentence, "TOCSIN_DEDUPLICATION_WINDOW=250000"
    if not is_loopback(settings.web_host):
        yield f"The metrics are served in plaintext at {settings.web_host} (web_host).", "TOCSIN_WEB_HOST=127.0.0.1"
    if settings.tenants_file is None:
        yield (
            f"There is no tenants file: every tenant has the contract {settings.default_contract}.",
            "TOCSIN_TENANTS_FILE=...",
        )
