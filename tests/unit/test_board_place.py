"""Where the board is found: what its settings and its access file must say before anybody else is let in."""

import ssl
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError, ClientSession
from secured import Authority
from tests.board.sites import SCRIPT
from tests.board.stage import Stage

from tocsin.board.access import access_for
from tocsin.board.identity.file import read_access
from tocsin.board.parts import Parts
from tocsin.board.server import serve
from tocsin.contracts.errors import ContractError
from tocsin.settings import Settings, SettingsError
from tocsin.web.tls import server_tls

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what must be refused without more
TOKEN = f'[tokens.ada]\nsha256 = "{"a" * 64}"\nacts = true\n'
LIMITED = f'{TOKEN}tenants = ["acme"]\n'
PROXY = '[proxy]\naddresses = ["10.0.0.1"]\nuser = "X-User"\n'
OPENID = '[openid]\nissuer = "https://sso.example"\nclient_id = "board"\nname = "email"\n'
HTTPS = "https://board.example/"


def settings(folder: Path, access: str = "", **values: Any) -> Settings:
    if access:
        (folder / "access.toml").write_text(access)
        values["board_access_file"] = folder / "access.toml"
    return Settings(**values)


@pytest.mark.parametrize(
    ("access", "values", "says"),
    [
        ("", {"board_host": EVERYWHERE}, "set board_access_file"),
        ("", {"board_url": HTTPS}, "board_url is set without board_access_file"),
        (TOKEN, {"board_host": EVERYWHERE}, "board_url is needed"),
        (PROXY, {}, "board_url is needed"),
        (OPENID, {}, "board_url is needed"),
        (OPENID.replace("https:", "http:"), {"board_url": HTTPS}, "openid.issuer must be https"),
        (f'{OPENID}client_secret_file = "none"\n', {"board_url": HTTPS}, "openid.client_secret_file"),
        (TOKEN, {"board_host": EVERYWHERE, "board_url": HTTPS}, "board_tls_certificate_file"),
        (TOKEN, {"board_url": "http://board.example/"}, "board_url must be https"),
        (TOKEN, {"board_url": "https://board.example/tocsin/"}, "must end with the first /"),
        (TOKEN, {"board_session_key": "short"}, "board_session_key is easily guessed"),
        (TOKEN, {"board_session_key": f"{'k' * 32},short"}, "board_session_key is easily guessed"),
    ],
)
def test_the_board_does_not_start_where_a_stranger_could_look_or_listen(
    tmp_path: Path, access: str, values: dict[str, Any], says: str
) -> None:
    with pytest.raises(SettingsError, match=says):
        access_for(settings(tmp_path, access, **values))


@pytest.mark.parametrize(
    ("access", "values", "is_open", "secure"),
    [
        ("", {}, True, False),
        (TOKEN, {}, True, False),
        (LIMITED, {}, False, False),
        (TOKEN, {"board_url": HTTPS}, False, True),
        (PROXY, {"board_url": HTTPS}, False, True),
        (OPENID, {"board_url": HTTPS}, False, True),
        (TOKEN, {"board_host": EVERYWHERE, "board_url": HTTPS, "allow_plaintext": True}, False, True),
        (TOKEN, {"board_url": "http://board.example/", "allow_plaintext": True}, False, False),
        (TOKEN, {"board_url": "http://127.0.0.1:8644/"}, False, False),
    ],
)
def test_who_is_asked_and_how_the_cookie_goes(
    tmp_path: Path, access: str, values: dict[str, Any], is_open: bool, secure: bool
) -> None:
    place = access_for(settings(tmp_path, access, **values)).place
    assert (place.open, place.secure) == (is_open, secure)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nobody is named"),
        ('[tokens.ada]\nsha256 = "plain text"\n', "access.toml:2: tokens.ada.sha256"),
        (f"{TOKEN}act = true\n", "access.toml:4: tokens.ada.act"),
        (TOKEN.replace("ada", '"ad\\u202ea"'), "tokens"),
        (f'{TOKEN}tenants = ["a/b"]\n', "tenants"),
        (TOKEN + TOKEN.replace("ada", "eve"), "two names have the same token"),
        (PROXY.replace('["10.0.0.1"]', "[]"), "proxy.addresses"),
        (PROXY.replace("10.0.0.1", "10.0.0.300"), "proxy.addresses"),
        (PROXY.replace("X-User", "X User:"), "proxy.user"),
        (OPENID.replace("https://", "https://user:password@"), "openid.issuer"),
        (OPENID.replace('name = "email"', ""), "openid.name"),
    ],
)
def test_a_slip_in_the_access_file_is_refused_with_its_line_and_without_its_text(
    tmp_path: Path, text: str, says: str
) -> None:
    file = tmp_path / "access.toml"
    file.write_text(text)
    with pytest.raises(ContractError, match=says) as refused:
        read_access(file)
    assert "plain text" not in str(refused.value)
    with pytest.raises(SettingsError, match=says):
        access_for(Settings(board_access_file=file))


def test_the_access_file_may_be_yaml(tmp_path: Path) -> None:
    file = tmp_path / "access.yaml"
    file.write_text(f"tokens:\n  ada:\n    sha256: {'a' * 64}\n")
    assert read_access(file).tokens["ada"].acts is False


async def test_with_a_certificate_of_its_own_the_board_speaks_tls_alone(tmp_path: Path) -> None:
    authority = Authority("authority")
    issued = authority.issue("board", ["127.0.0.1"])
    (tmp_path / "board.pem").write_bytes(issued.pem() + issued.key_pem())
    given = settings(tmp_path, LIMITED, board_port=0, board_tls_certificate_file=tmp_path / "board.pem")
    access, stage = access_for(given), Stage.of(SCRIPT, tmp_path)
    trusted = ssl.create_default_context(cadata=authority.pem().decode())
    async with serve(Parts(given, stage.model, stage.pulse, stage, access)) as (address, _), ClientSession() as session:
        assert address.startswith("https://")
        async with session.get(f"{address}/sign-in", ssl=trusted) as answer:
            assert answer.status == 200
        with pytest.raises(ClientError):
            await session.get(f"{address.replace('https', 'http')}/sign-in")
    assert access.place.secure
    assert access.cookie == "__Host-tocsin-board"


def test_a_certificate_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "board.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match="The certificates of the board cannot be used"):
        server_tls("the board", tmp_path / "board.pem", None)
