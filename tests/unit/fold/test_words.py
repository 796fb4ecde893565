"""Words of closed lists: known in any spelling, and told where nobody knows them."""

import pytest
from driver import Driver, open_incidents

from tocsin.domain.commands.desk import RuleOut
from tocsin.domain.commands.inbound import EquipmentFailed, HealthReported
from tocsin.domain.vocabulary import as_word


def failed(kind: str, excluded_by: str | None = None) -> EquipmentFailed:
    return EquipmentFailed(device="box", kind=kind, contact="jo@acme.example", excluded_by=excluded_by)


@pytest.mark.parametrize("spelling", ["fire_theft_misuse", "Fire, theft, misuse", " FIRE-THEFT-MISUSE "])
def test_case_and_what_joins_words_do_not_matter(spelling: str) -> None:
    assert as_word(spelling) == "fire_theft_misuse"


@pytest.mark.parametrize("kind", ["soho", "SOHO", "Soho-Device", " small office  home office "])
def test_a_soho_device_is_known_in_any_spelling(kind: str) -> None:
    desk = Driver("esentire").at("09:00").publish(failed(kind))
    assert [clock.rule for clock in desk.ticket().clocks] == ["soho_replacement"]
    assert desk.told() == []


@pytest.mark.parametrize("reason", ["theft", "FIRE", "fire, theft, misuse", "client's hardware", "client hardware"])
def test_a_reason_of_exclusion_is_known_in_any_spelling_and_by_any_of_its_words(reason: str) -> None:
    desk = Driver("esentire").at("09:00").publish(failed("sensor", reason)).publish(failed("sensor"))
    desk.publish(RuleOut(ticket="ACME-000002", analyst="Ann", reason=reason))
    assert [len(ticket.ruled_out) for ticket in desk.tickets()] == [1, 1]
    assert desk.refusals() == desk.told() == []


def test_a_word_that_nobody_knows_is_told_and_excludes_nothing() -> None:
    desk = Driver("esentire").at("09:00").publish(failed("toaster", "lightning"))
    (alert,) = desk.alerts()
    assert (alert["kind"], alert["unknown"]) == ("unknown_word", ["kind: toaster", "exclusion: lightning"])
    assert [clock.running for clock in desk.clocks("replacement")] == [True]
    desk.at("10:00").resolve()
    assert open_incidents(desk.outputs) == set()


def test_where_a_contract_has_no_list_of_kinds_any_will_do() -> None:
    desk = Driver("senstar").at("09:00").publish(failed("toaster"))
    assert desk.ticket().unknown == ()


def test_the_condition_of_a_health_report_is_known_in_any_spelling() -> None:
    desk = Driver("senstar", plan="with_maintenance").at("09:00")
    desk.publish(HealthReported(server="s", subject="storage", condition="Warning"))
    desk.publish(HealthReported(server="s", subject="storage", condition="CRITICAL"))
    assert [alert["priority"] for alert in desk.alerts("detection")] == ["high"]
