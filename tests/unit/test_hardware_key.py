"""A key behind PKCS#11 signs heads: SoftHSM, a real module in software."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.tools.debian import SOFTHSM, SOFTHSM_LIBRARY, library, program
from tests.unit.logged import log, written

TOCSIN = [sys.executable, "-c", "import tocsin.cli; tocsin.cli.main()", "audit"]
PIN = "314159"
MAKE_KEY = """
import sys, pkcs11
from pkcs11.util.ec import encode_named_curve_parameters
token = pkcs11.lib(sys.argv[1]).get_token(token_label="audit")
curve = {pkcs11.Attribute.EC_PARAMS: encode_named_curve_parameters("1.3.101.112")}
with token.open(rw=True, user_pin=sys.argv[2]) as session:
    parameters = session.create_domain_parameters(pkcs11.KeyType.EC_EDWARDS, curve, local=True)
    parameters.generate_keypair(mechanism=pkcs11.Mechanism.EC_EDWARDS_KEY_PAIR_GEN, store=True, label="heads")
"""
"""What a vendor's tool does: a key of Ed25519 that never leaves the module."""


class Module:
    """A token with a key, and commands that reach it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = library(SOFTHSM_LIBRARY, "usr/lib/softhsm/libsofthsm2.so")
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder / 'tokens'}\n")
        (folder / "pin").write_text(f"{PIN}\n")
        util, pins = program(SOFTHSM, "softhsm2-util"), ("--pin", PIN, "--so-pin", PIN)
        self.run(util, "--module", self.path, "--init-token", "--free", "--label", "audit", *pins)
        self.run(sys.executable, "-c", MAKE_KEY, self.path, PIN)

    def uri(self, *, label: str = "audit", key: str = "heads", pin: str = "pin") -> str:
        return f"pkcs11:token={label};object={key}?module-path={self.path}&pin-source=file:{self.folder / pin}"

    def run(self, *command: str | Path, status: int = 0) -> str:
        """What the command says. It must end with that status."""
        environment = {**os.environ, "SOFTHSM2_CONF": str(self.folder / "softhsm2.conf"), "USER": "ann"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Module:
    return Module(tmp_path_factory.mktemp("module"))


def test_heads_are_signed_by_a_key_that_never_leaves_its_module(module: Module) -> None:
    file, heads, public = (module.folder / name for name in ("log.jsonl", "heads.jsonl", "public.pem"))
    written(file, log())
    public.write_text(module.run(*TOCSIN, "public-key", module.uri()))
    assert public.read_text().startswith("-----BEGIN PUBLIC KEY-----")
    module.run(*TOCSIN, "sign", file, "--key", module.uri(), "--heads", heads, "--reason", "audit")
    assert "holds" in module.run(*TOCSIN, "verify", file, "--heads", heads, "--key", public)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"label": "another"}, "cannot be had by PKCS#11"),
        ({"key": "another"}, "cannot be had by PKCS#11"),
        ({"pin": "missing"}, "The file of the PIN cannot be read"),
        ({"pin": "softhsm2.conf"}, "cannot be had by PKCS#11"),
    ],
    ids=["token", "key", "no PIN", "wrong PIN"],
)
def test_a_key_that_cannot_be_had_is_a_sentence(module: Module, wrong: dict[str, str], why: str) -> None:
    assert why in module.run(*TOCSIN, "public-key", module.uri(**wrong), status=2)


def test_a_uri_that_lacks_something_is_a_sentence(module: Module) -> None:
    assert "lacks 'module-path'" in module.run(*TOCSIN, "public-key", "pkcs11:token=audit;object=heads", status=2)
