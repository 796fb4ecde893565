"""Where answers are taken, by the settings."""

from urllib.parse import urlsplit

from tocsin.loopback import is_loopback
from tocsin.notify.answers.server import AnswerPlace
from tocsin.notify.answers.token import KEY_LENGTH_MIN, keys_of
from tocsin.settings import Settings, SettingsError
from tocsin.web.tls import server_tls


def answer_place(settings: Settings) -> AnswerPlace | None:
    """Where answers are taken; None without `answer_url`.

    Raises `SettingsError` where links could be forged, or answers would pass a network in plaintext.
    """
    url = settings.answer_url
    if url is None:
        return None
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or "") and not settings.allow_plaintext:
        raise SettingsError("answer_url must be https://...: whoever listens could answer in a person's place.")
    in_clear = settings.answer_tls_certificate_file is None and not is_loopback(settings.answer_host)
    if in_clear and not settings.allow_plaintext:
        raise SettingsError(
            f"answer_host is {settings.answer_host}, and links would reach it in plaintext: set "
            "answer_tls_certificate_file; or, where nobody can listen on the way, allow_plaintext to true."
        )
    secret = settings.secret("answer_key")
    if secret is None:
        raise SettingsError("answer_url is set without answer_key_file, so that anybody could make links.")
    try:
        keys = keys_of(secret)
    except ValueError:
        raise SettingsError(f"answer_key is easily guessed: take {KEY_LENGTH_MIN} characters or more.") from None
    tls = server_tls("answer links", settings.answer_tls_certificate_file, settings.answer_tls_key_file)
    return AnswerPlace(settings.answer_host, settings.answer_port, url, keys, tls)
