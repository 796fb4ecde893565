"""Reads and checks contract files."""

from pathlib import Path

from pydantic import ValidationError

from tocsin.contracts.errors import ContractError, validation_faults
from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.references import unknown_names
from tocsin.contracts.source.document import Document

_FILE_BYTES_MAX = 1_048_576


def read_contract(path: Path) -> ContractSpec:
    """The contract in the file `path`.

    Raises `ContractError` with `file:line: where: what to do` for each fault.
    """
    return parse_contract(read_text(path), path.name)


def parse_contract(text: str, name: str) -> ContractSpec:
    """As `read_contract`, from the text of the file `name`."""
    document = Document(text, name)
    try:
        contract = ContractSpec.model_validate(document.data)
    except ValidationError as error:
        raise ContractError(
            "\n".join(f"{document.place(path)}: {what}" for path, what in validation_faults(error))
        ) from None
    problems = [f"{document.place(path)}: {what}" for path, what in unknown_names(contract)]
    if problems:
        raise ContractError("\n".join(problems))
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
