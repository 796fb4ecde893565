"""The tenants of a file as they would be under another contract."""

from collections.abc import Collection

from tocsin.contracts.compile import TenantOverrides
from tocsin.contracts.library import ContractLibrary
from tocsin.contracts.notation.spelling import UNASSIGNED
from tocsin.contracts.source.loader import refuse
from tocsin.tenants.check import problems
from tocsin.tenants.file import TenantsFile


def overrides_under(
    file: TenantsFile, library: ContractLibrary, contract: str, plan: str | None, tenants: Collection[str] | None
) -> dict[str, TenantOverrides]:
    """What the file has in place of parts of `contract`, by tenant; of `tenants`, or None: of all but the unassigned.

    `plan` takes the place of their plans. Raises `ContractError` with a line for each part that does not fit.
    """
    asked = {
        name: spec.model_copy(update={"contract": contract, "plan": plan or spec.plan})
        for name, spec in file.spec.tenants.items()
        if (name != UNASSIGNED if tenants is None else name in tenants)
    }
    refuse(file.document, problems(file.spec.model_copy(update={"tenants": asked}), library, contract))
    return {name: spec.overrides for name, spec in asked.items()}
