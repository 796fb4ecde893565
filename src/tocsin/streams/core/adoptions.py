"""Comparison of what tenants have adopted with the contracts and the tenants file of the worker.

A tenant keeps the contract that it has adopted, whatever the files say, until `tocsin tenants adopt`.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable

from tocsin.domain.commands.inbound import AdoptContract
from tocsin.domain.state.tenant import Tenant

OTHERS = "*"
"""Stands for all tenants that the file does not name: anybody may bring up new names, and labels must be few."""


class Adoptions:
    """Compares what tenants have adopted with what `adoption` gives for them; `named` are those of the tenants file."""

    def __init__(self, named: Collection[str], adoption: Callable[[str], AdoptContract]) -> None:
        self._named = frozenset(named)
        self._adoption = adoption

    def outdated(self, tenants: Iterable[Tenant]) -> Counter[str]:
        """Counts those of `tenants` that have adopted something else, by name; 0 for a named tenant that has not."""
        counts = Counter({OTHERS: 0})
        for tenant in tenants:
            if tenant.contract:
                counts[tenant.name if tenant.name in self._named else OTHERS] += self._differs(tenant)
        return counts

    def _differs(self, tenant: Tenant) -> bool:
        wanted = self._adoption(tenant.name)
        adopted = (tenant.contract, tenant.plan, tuple(tenant.contacts), tuple(tenant.servers), tenant.domains)
        return adopted != (wanted.contract_hash, wanted.plan, wanted.contacts, wanted.servers, wanted.domains)


def hint(outdated: Counter[str]) -> str | None:
    """A sentence about the tenants of `Adoptions.outdated`; None where all have adopted what the files say."""
    names = sorted(name for name, count in outdated.items() if count and name != OTHERS)
    said = []
    if names:
        said.append(f"{', '.join(names)}: `tocsin tenants plan {' '.join(names)}` shows what adopting it would change")
    if outdated[OTHERS]:
        said.append(f"{outdated[OTHERS]} tenants that the tenants file does not name: name them there, then adopt it")
    if not said:
        return None
    return f"contracts or tenants file differ from what was adopted by {'; and by '.join(said)}"
