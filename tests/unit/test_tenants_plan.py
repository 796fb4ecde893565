"""The plan of an adoption: what it says of rules, people and tickets, and when its hash still fits."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from msgspec import UNSET

from tocsin.contracts.codec import contract_from_json
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.inbound import AdoptContract
from tocsin.domain.instant import HOUR, MINUTE, Instant, parse
from tocsin.domain.state.tenant import Tenant
from tocsin.domain.state.ticket import Clock, Mark, Ticket
from tocsin.domain.vocabulary import Channel, Evidence, Objective
from tocsin.tenants.directory import TenantDirectory
from tocsin.tenants.plan import Adopted, Standing, TenantPlan, TicketPlan, plan_hash, plans, what_no_longer_fits
from tocsin.tenants.plan_words import document, headline, sentences, tables
from tocsin.tenants.readopting import Moved, Owed, Readopted

BEFORE = """
[tenants.acme]
contract = "esentire"
plan = "standard"
[[tenants.acme.contacts]]
name = "Jane Roe"
phones = ["+14165550100"]
[tenants.globex]
contract = "sorb"
[[tenants.globex.contacts]]
name = "Max Oh"
phones = ["+442079460000"]
"""
LIBRARY = ContractLibrary.load(None)


def directory(tmp_path: Path, text: str) -> TenantDirectory:
    (tmp_path / "tenants.toml").write_text(text)
    return TenantDirectory.from_file(tmp_path / "tenants.toml", LIBRARY, "esentire")


def adopted(files: TenantDirectory) -> dict[str, Tenant]:
    """The tenants once they have adopted all that `files` say."""
    found = {}
    for name in files.names():
        it = files.adoption(name)
        found[name] = Tenant(
            name,
            it.contract_hash,
            it.plan,
            contacts=list(it.contacts),
            servers=list(it.servers),
            domains=it.domains,
            since=it.since or UNSET,
        )
    return found


def planned(
    files: TenantDirectory, before: Mapping[str, Tenant], *tickets: tuple[Ticket, Instant], tenant: str = "acme"
) -> TenantPlan:
    contracts = {
        it.contract_hash: contract_from_json(it.contract)
        for it in (*map(files.adoption, files.names()), *map(default_adoption, LIBRARY.names()))
    }
    [plan] = plans([tenant], files, Standing(before, contracts, tickets))
    return plan


def default_adoption(name: str) -> AdoptContract:
    return TenantDirectory.from_file(None, LIBRARY, name).adoption("anybody")


def shown(plan: TenantPlan) -> str:
    """All that is printed of a plan."""
    rows = [" | ".join(row) for table in tables(plan) for row in (table.columns, *table.rows)]
    return "\n".join([headline(plan), *rows, *sentences(plan)])


def test_a_tenant_that_has_adopted_what_the_files_say_has_nothing_to_adopt(tmp_path: Path) -> None:
    files = directory(tmp_path, BEFORE)
    plan = planned(files, adopted(files))
    assert not plan.changes
    assert headline(plan).startswith("acme: nothing to adopt; it has esentire / standard (")
    assert list(tables(plan)) == []


def test_a_new_tenant_adopts_its_first_contract(tmp_path: Path) -> None:
    plan = planned(directory(tmp_path, BEFORE), {})
    assert plan.changes
    assert "adopts its first contract, esentire / standard" in headline(plan)
    assert document(plan)["before"] is None
    assert "contact | added | Jane Roe, +14165550100" in shown(plan)


def test_the_rules_that_change_are_said_with_the_figure_before_and_after(tmp_path: Path) -> None:
    before = adopted(directory(tmp_path, BEFORE))
    agreed = '[tenants.acme.targets.callback]\nall = { within = "10 min" }\n'
    plan = planned(directory(tmp_path, BEFORE.replace("[[tenants.acme", f"{agreed}[[tenants.acme")), before)
    [change] = [each for each in plan.rules if each.about == "promises"]
    assert change.rule == "callback"
    assert "20 min -> 10 min" in change.text
    assert all("callback" in each.rule or "callback" in each.text for each in plan.rules), plan.rules


def test_another_plan_of_the_same_contract_is_told_by_its_rules(tmp_path: Path) -> None:
    before = adopted(
        directory(tmp_path, BEFORE.replace('"esentire"', '"sentinelone"').replace("standard", "professional"))
    )
    after = directory(tmp_path, BEFORE.replace('"esentire"', '"sentinelone"').replace("standard", "enterprise"))
    plan = planned(after, before)
    assert headline(plan).startswith("acme: sentinelone / professional (")
    assert "-> sentinelone / enterprise (" in headline(plan)
    assert not any(each.rule == "detections" for each in plan.rules), "they are the same in both"
    assert any(
        each.about == "promises" and "4 business hours -> 2 business hours" in each.text for each in plan.rules
    ), plan.rules


def test_people_servers_and_domains_come_and_go(tmp_path: Path) -> None:
    before = adopted(directory(tmp_path, BEFORE))
    text = BEFORE.replace("Jane Roe", "Jo Bloggs").replace(
        'plan = "standard"', 'plan = "standard"\nsources.mail_domains = ["acme.example"]'
    )
    said = shown(planned(directory(tmp_path, text), before))
    assert "contact | removed | Jane Roe, +14165550100" in said
    assert "contact | added | Jo Bloggs, +14165550100" in said
    assert "mail domain | added | acme.example" in said


def test_a_new_number_that_another_tenant_has_too_is_warned_of(tmp_path: Path) -> None:
    before = adopted(directory(tmp_path, BEFORE))
    plan = planned(directory(tmp_path, BEFORE.replace("+14165550100", "+442079460000")), before)
    assert any("+442079460000 is named for others, too" in each for each in sentences(plan))
    assert planned(directory(tmp_path, BEFORE), {}).clashes == ()


def mailed(tenant: Tenant, at: Instant) -> Ticket:
    """An open ticket under what `tenant` has, with a missed call that nobody has returned."""
    ticket = Ticket("id-1", "ACME-000001", "acme", tenant.contract, tenant.plan, at, Channel.PHONE, "P2", "A call")
    ticket.marks = [Mark(at, Evidence.CALL_MISSED, 7), Mark(at, Evidence.CALLBACK_OWED, 7)]
    clock = Clock("callback", Objective.CALLBACK, 1, 7, at, "P2", ticket.contract_and_plan, at + 20 * MINUTE)
    ticket.clocks = [clock]
    return ticket


def test_a_ticket_stays_and_is_said_to_be_late_at_once_where_the_new_deadline_has_passed(tmp_path: Path) -> None:
    files = directory(tmp_path, BEFORE)
    before, at = adopted(files), parse("2026-03-02T09:00:00Z")
    held = {files.adoption("acme").contract_hash: files.contract("acme")}
    agreed = '[tenants.acme.targets.callback]\nall = { within = "10 min" }\n'
    after = directory(tmp_path, BEFORE.replace("[[tenants.acme", f"{agreed}[[tenants.acme"))
    ticket = mailed(before["acme"], at)
    [plan] = plans(["acme"], after, Standing(before, held, [(ticket, at + 15 * MINUTE)]))
    [stays] = plan.tickets
    callback = next(each for each in stays.readopted.promises if each.rule == "callback")
    assert callback.before is not None
    assert callback.after is not None
    assert (callback.before.deadline, callback.before.late) == (at + 20 * MINUTE, False)
    assert (callback.after.deadline, callback.after.late) == (at + 10 * MINUTE, True)
    assert "1 would be late at once: ACME-000001" in shown(plan)
    assert document(plan)["tickets"][0]["newly_late"]
    [later] = plans(["acme"], after, Standing(before, held, [(ticket, at + HOUR)]))
    assert not later.tickets[0].newly_late, "it is late by the old contract, too"


def test_what_becomes_of_a_promise_is_one_word_and_of_very_many_the_first_are_shown(tmp_path: Path) -> None:
    files = directory(tmp_path, BEFORE)
    before = adopted(files)
    in_time, late, no_date = Owed(3_600_000, late=False), Owed(60_000, late=True), Owed(None, late=False)
    promises = (
        Moved("a", 1, in_time, None),
        Moved("b", 1, None, in_time),
        Moved("c", 1, late, late),
        Moved("d", 1, in_time, in_time),
        Moved("e", 2, in_time, no_date),
        Moved("f", 1, in_time, late),
    )
    ticket = mailed(before["acme"], parse("2026-03-02T09:00:00Z"))
    plan = planned(files, before)._replace(tickets=(TicketPlan(ticket, "esentire", Readopted(promises)),))
    rows = [tuple(row[2:]) for table in tables(plan) for row in table.rows]
    hour, minute = "1970-01-01T01:00:00Z", "1970-01-01T00:01:00Z"
    assert rows == [
        ("a", hour, "not owed", "ends"),
        ("b", "not owed", hour, "begins"),
        ("c", minute, minute, "late, as it is now"),
        ("d", hour, hour, "as now"),
        ("e (2)", hour, "no date", "moves"),
        ("f", hour, minute, "late at once"),
    ]
    assert [it["then"] for it in document(plan)["tickets"][0]["promises"]] == [row[-1] for row in rows]
    many = plan._replace(tickets=plan.tickets * 11)
    assert "and 6 more; --json has all" in shown(many)


def test_a_ticket_whose_priority_the_new_contract_does_not_know_cannot_be_readopted(tmp_path: Path) -> None:
    files = directory(tmp_path, BEFORE)
    before = adopted(files)
    held = {files.adoption("acme").contract_hash: files.contract("acme")}
    after = directory(tmp_path, BEFORE.replace('"esentire"', '"sorb"').replace('plan = "standard"', ""))
    ticket = mailed(before["acme"], parse("2026-03-02T09:00:00Z"))
    ticket.priority = "P5"
    [plan] = plans(["acme"], after, Standing(before, held, [(ticket, ticket.opened_at)]))
    assert "the new contract knows no priority P5" in plan.tickets[0].readopted.refusal
    assert "cannot be: the new contract knows no priority P5" in shown(plan)


def test_the_hash_goes_by_files_and_adoptions_and_says_which_of_them_has_changed(tmp_path: Path) -> None:
    files = directory(tmp_path, BEFORE)
    names, before = files.names(), adopted(files)
    given = plan_hash(names, files, {})
    assert given == plan_hash(reversed(names), directory(tmp_path, BEFORE + "\n# a remark\n"), {})
    assert what_no_longer_fits(given, given) == []
    renamed = plan_hash(names, directory(tmp_path, BEFORE.replace("Jane", "Joan")), {})
    assert ["the files" in each for each in what_no_longer_fits(given, renamed)] == [True]
    meanwhile = plan_hash(names, files, {"acme": before["acme"]})
    assert ["have adopted" in each for each in what_no_longer_fits(given, meanwhile)] == [True]
    of_one = plan_hash(["acme"], files, {})
    assert len(what_no_longer_fits(given, of_one)) == 2
    moved = {"acme": Tenant("acme", tickets_opened=9, sequence=7)}
    assert plan_hash(["acme"], files, moved) == of_one, "tickets that open are no part of it"


@pytest.mark.parametrize("given", ["", "x", "-", "0" * 33, "\x1b[31m"])
def test_what_is_no_hash_of_a_plan_is_told_as_such(given: str) -> None:
    assert "is no hash of a plan" in what_no_longer_fits(given, f"{'0' * 16}-{'0' * 16}")[0]


def test_equal_contracts_have_no_changes_and_adoptions_are_compared_by_all_that_they_hold(tmp_path: Path) -> None:
    files = directory(tmp_path, BEFORE)
    tenant = adopted(files)["acme"]
    assert Adopted.of_tenant(tenant) == Adopted.of_adoption(files.adoption("acme"))
    assert contract_from_json(files.adoption("acme").contract) == files.contract("acme")
    tenant.contacts = []
    assert Adopted.of_tenant(tenant) != Adopted.of_adoption(files.adoption("acme"))


def test_the_first_day_of_a_contract_is_part_of_what_is_adopted(tmp_path: Path) -> None:
    standing = adopted(directory(tmp_path, BEFORE))
    after = directory(tmp_path, BEFORE.replace("[tenants.acme]\n", "[tenants.acme]\nsince = 2026-03-15\n", 1))
    plan = planned(after, standing)
    assert plan.changes
    assert "first day | added | 2026-03-15" in shown(plan)
    assert not planned(after, adopted(after)).changes
