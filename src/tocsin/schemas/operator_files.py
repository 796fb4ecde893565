"""JSON Schemas of the files that operators write, for editors: completion, descriptions, slips underlined."""

import json

from tocsin.contracts.notation.contract import ContractSpec
from tocsin.contracts.notation.rules import Spec
from tocsin.tenants.model import TenantsSpec

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MODELS: dict[str, tuple[str, type[Spec]]] = {
    "contract": ("Tocsin contract", ContractSpec),
    "tenants": ("Tocsin tenants file", TenantsSpec),
}


def files() -> dict[str, str]:
    """The content of each schema file, by its name."""
    return {
        f"{name}.schema.json": json.dumps(
            {"$schema": _DIALECT, **model.model_json_schema(), "title": title},
            indent=2,
            sort_keys=True,
            ensure_ascii=True,
        )
        + "\n"
        for name, (title, model) in _MODELS.items()
    }
