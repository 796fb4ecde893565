"""Reads operators' files, checks their data, and says in which line a fault is."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

from tocsin.contracts.errors import ContractError, KeyPath, Problem
from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.overlay import OVERLAY, OverlaySpec
from tocsin.contracts.notation.references import unknown_names
from tocsin.contracts.source.document import Document

_FILE_BYTES_MAX = 1_048_576

AnySpec = TypeVar("AnySpec", bound=BaseModel)


class SourceDocument(Protocol):
    """The data of a file that knows the lines of its parts."""

    data: Any

    def place(self, path: KeyPath) -> str:
        """`file:line: dotted.path`."""


def read_spec(path: Path) -> ContractSpec | OverlaySpec:
    """The contract or the overlay in the file `path`. Raises `ContractError`."""
    return parse_spec(read_text(path), path.name)


def parse_spec(text: str, name: str) -> ContractSpec | OverlaySpec:
    """The contract or the overlay in the text of the file `name`. Raises `ContractError`."""
    document = Document(text, name)
    if not isinstance(document.data, dict) or document.data.get("kind") != OVERLAY:
        return parse_contract(text, name)
    overlay = validated(OverlaySpec, document)
    refuse(document, overlay.unknown_names())
    return overlay


def parse_contract(text: str, name: str) -> ContractSpec:
    """The contract in the text of the file `name`. Raises `ContractError`."""
    document = Document(text, name)
    contract = validated(ContractSpec, document)
    refuse(document, unknown_names(contract))
    return contract


def read_text(path: Path) -> str:
    """The text of an operator's file. Raises `ContractError` if it cannot be read, or is no text, or too long."""
    try:
        content = path.read_bytes()
        if len(content) > _FILE_BYTES_MAX:
            raise ContractError(f"{path.name}: is longer than {_FILE_BYTES_MAX} bytes; no such file is meant")
        return content.decode()
    except OSError as error:
        raise ContractError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ContractError(f"{path.name}: is no UTF-8 text (byte {error.start}); save it as UTF-8") from None


def validated(model: type[AnySpec], document: SourceDocument) -> AnySpec:
    """The data of `document` as a `model`. Raises `ContractError` with a line for each fault."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise _refusal(document, faults(error)) from None


def refuse(document: SourceDocument, problems: Iterable[Problem]) -> None:
    """Raise `ContractError` with a line for each problem, if there are any."""
    if found := list(problems):
        raise _refusal(document, found)


def _refusal(document: SourceDocument, problems: Iterable[Problem]) -> ContractError:
    return ContractError("\n".join(f"{document.place(path)}: {what}" for path, what in problems))


def faults(error: ValidationError) -> Iterator[Problem]:
    """Each fault that pydantic found. No text repeats a value: it may be personal."""
    found = error.errors(include_input=False, include_url=False, include_context=False)
    for fault in found:
        size = len(fault["loc"])
        if fault["type"] == "too_short" and any(it["loc"][:size] == fault["loc"] != it["loc"] for it in found):
            continue  # pydantic does not count the items that are faulty themselves
        if fault["type"] == "extra_forbidden":
            yield fault["loc"], "there is no such key here; look for a slip in its spelling, or remove it"
        else:
            yield fault["loc"], fault["msg"].removeprefix("Value error, ")
