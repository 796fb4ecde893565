"""Reads the tenants file: TOML, or YAML if its name says so. Errors name the line."""

from pathlib import Path

from tocsin.contracts.source.document import Document
from tocsin.contracts.source.loader import SourceDocument, read_text, validated
from tocsin.contracts.source.toml import TomlDocument
from tocsin.tenants.model import TenantsSpec


class TenantsFile:
    """The tenants file as data, with the lines for errors."""

    def __init__(self, path: Path | None) -> None:
        """Read `path`; None is a file without tenants. Raises `ContractError` with a line for each fault."""
        text, name = (read_text(path), path.name) if path else ("", "tenants")
        yaml = path is not None and path.suffix in (".yaml", ".yml")
        self.document: SourceDocument = Document(text, name) if yaml else TomlDocument(text, name)
        self.spec = validated(TenantsSpec, self.document)
