"""Tenants that live by something else than the files of the worker say are told by name, and strangers counted."""

from collections import Counter
from typing import Any

import pytest

from tocsin.domain.commands.inbound import AdoptContract, Contact
from tocsin.domain.state.tenant import Tenant
from tocsin.streams.core.adoptions import OTHERS, Adoptions, hint

WANTED = AdoptContract(contract="{}", contract_hash="h1", plan="gold", contacts=(Contact(name="Ada"),))
ADOPTIONS = Adoptions(["acme", "globex"], lambda _tenant: WANTED)


def tenant(
    name: str, contract: str = "h1", plan: str = "gold", contacts: tuple[Contact, ...] = WANTED.contacts
) -> Tenant:
    return Tenant(name, contract, plan, contacts=list(contacts))


@pytest.mark.parametrize(
    "other", [{"contract": "h0"}, {"plan": "silver"}, {"contacts": ()}], ids=["contract", "plan", "contacts"]
)
def test_a_named_tenant_is_outdated_where_contract_plan_or_contacts_differ(other: dict[str, Any]) -> None:
    assert ADOPTIONS.outdated([tenant("acme", **other), tenant("globex")]) == {"acme": 1, "globex": 0, OTHERS: 0}


def test_tenants_that_the_file_does_not_name_share_one_label() -> None:
    strangers = [tenant(f"stranger-{number}", contract="h0") for number in range(1_000)]
    assert ADOPTIONS.outdated([*strangers, tenant("at-home")]) == {OTHERS: 1_000}


def test_a_tenant_that_has_adopted_nothing_yet_will_adopt_what_the_files_say() -> None:
    assert ADOPTIONS.outdated([tenant("acme", contract="")]) == {OTHERS: 0}


def test_the_hint_names_the_command_that_adopts() -> None:
    assert hint(Counter({"acme": 0, OTHERS: 0})) is None
    said = hint(Counter({"globex": 1, "acme": 1, OTHERS: 2}))
    assert said is not None
    assert "`tocsin tenants plan acme globex`" in said
    assert "2 tenants that the tenants file does not name" in said
