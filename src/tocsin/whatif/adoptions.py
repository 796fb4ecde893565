"""Puts another contract into the adoptions of a log. All else of them stays: contacts, servers, mail domains."""

from collections.abc import Callable, Collection
from typing import Any

import msgspec

from tocsin.contracts.codec import contract_from_json, contract_hash, contract_to_json
from tocsin.domain.commands.inbound import AdoptContract
from tocsin.domain.contract.model import Contract
from tocsin.domain.contract.zone import Zone
from tocsin.messages.record import Record

ContractFor = Callable[[str, Contract], Contract]
"""The other contract as it holds for a tenant who has adopted this one: with its time zone and what was agreed."""

_ADOPTION = f'"type":"{AdoptContract.TYPE}"'.encode()
_BEGINNING = 100
"""Bytes of a record within which its type stands, as the inbox is written."""


class Unfit(ValueError):  # noqa: N818  # says what is the matter with the contract
    """The other contract cannot stand in an adoption; the message says why, and what there is."""


class Adoptions:
    """Replaces the contract in the adoptions of some tenants; None: of all but those in `spared`.

    `plan` None: each keeps the name of its plan.
    """

    def __init__(
        self, other: ContractFor, plan: str | None, tenants: Collection[str] | None, spared: Collection[str] = ()
    ) -> None:
        self._other = other
        self._plan = plan
        self._tenants = tenants
        self._spared = spared
        self._texts: dict[tuple[str, str], tuple[Contract, str, str]] = {}
        self.adopted: dict[str, dict[str, Contract]] = {}
        """The contracts that each tenant has adopted, as it was, by their names; the last one last."""
        self.replaced: dict[str, dict[str, Contract]] = {}
        """Those in their place, likewise, of the tenants that are asked about."""
        self.plans: dict[str, str] = {}
        """The plan of each of these tenants in the last one."""

    def replace(self, record: Record) -> Record:
        """`record` with the other contract, where it is an adoption by one of the tenants. Raises `Unfit`."""
        if _ADOPTION not in (record.value or b"")[:_BEGINNING]:
            return record
        envelope: dict[str, Any] = msgspec.json.decode(record.value or b"")
        tenant, data = envelope["tenant"], envelope["data"]
        adopted = contract_from_json(data["contract"])
        _keep(self.adopted, tenant, adopted)
        if not self._asked_about(tenant):
            return record
        contract, text, identity = self._text(tenant, adopted, data["contract_hash"])
        plan = self._plan or data["plan"]
        _check(tenant, contract, plan, data.get("servers", ()))
        _keep(self.replaced, tenant, contract)
        self.plans[tenant] = plan
        envelope["data"] = data | {"contract": text, "contract_hash": identity, "plan": plan}
        return record._replace(value=msgspec.json.encode(envelope))

    def zone_of(self, tenant: str) -> Zone | str:
        """The time zone of the client, as its contract has it; UTC where that says nothing."""
        contract = next(reversed(self.adopted.get(tenant, {}).values()), None)
        return "UTC" if contract is None or contract.client_zone is None else contract.client_zone

    def _asked_about(self, tenant: str) -> bool:
        return tenant not in self._spared if self._tenants is None else tenant in self._tenants

    def _text(self, tenant: str, adopted: Contract, identity: str) -> tuple[Contract, str, str]:
        key = (tenant, identity)
        if key not in self._texts:
            contract = self._other(tenant, adopted)
            text = contract_to_json(contract)
            self._texts[key] = (contract, text, contract_hash(text))
        return self._texts[key]


def _keep(contracts: dict[str, dict[str, Contract]], tenant: str, contract: Contract) -> None:
    """Put `contract` last, in the place of one of its name."""
    known = contracts.setdefault(tenant, {})
    known.pop(contract.name, None)
    known[contract.name] = contract


def _check(tenant: str, contract: Contract, plan: str, servers: Collection[dict[str, Any]]) -> None:
    there = ", ".join(contract.plans)
    if plan not in contract.plans:
        raise Unfit(f"{contract.name} has no plan {plan!r}, which {tenant} has; choose one by --plan: {there}")
    for server in servers:
        if server["plan"] not in contract.plans:
            raise Unfit(
                f"{contract.name} has no plan {server['plan']!r}, which the server {server['name']!r} of {tenant} has; "
                f"it has {there}"
            )
