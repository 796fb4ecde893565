"""JSON Schemas of the files that operators write; editors use them to complete, describe and check."""

from typing import Any

from pydantic import BaseModel

from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.overlay import OverlaySpec
from tocsin.scenarios.notation import ScenariosSpec
from tocsin.tenants.model import TenantsSpec

_MODELS: dict[str, tuple[str, type[BaseModel]]] = {
    "contract": ("Tocsin contract", ContractSpec),
    "overlay": ("Tocsin overlay", OverlaySpec),
    "scenarios": ("Tocsin scenarios of a contract", ScenariosSpec),
    "tenants": ("Tocsin tenants file", TenantsSpec),
}


def operator_schemas() -> dict[str, dict[str, Any]]:
    """The schema of each file, by its name."""
    return {name: {**model.model_json_schema(), "title": title} for name, (title, model) in _MODELS.items()}
