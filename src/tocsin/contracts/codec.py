"""A compiled contract as text. An adoption record carries it, and the contract's hash is made from it."""

from hashlib import sha256

import msgspec

from tocsin.domain.contract.model import Contract

_decoder = msgspec.json.Decoder(Contract)


def contract_to_json(contract: Contract) -> str:
    """The canonical JSON of `contract`: keys sorted, no spaces; the same on every machine."""
    return msgspec.json.encode(contract, order="sorted").decode()


def contract_from_json(text: str) -> Contract:
    """The contract in `text`. Raises `msgspec.DecodeError` if it is no contract of this version."""
    return _decoder.decode(text)


def contract_hash(text: str) -> str:
    """SHA-256 of the contract's text, in hex: the identity of that version."""
    return sha256(text.encode()).hexdigest()
