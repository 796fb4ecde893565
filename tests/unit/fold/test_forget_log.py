"""`tocsin forget --dry-run` over a whole log: each place, its ticket, what holds and what was replaced."""

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from driver import Driver

from tocsin.cli import main_group
from tocsin.forgetting.person import person
from tocsin.forgetting.search import Place, Search, in_order
from tocsin.messages.record import Record, Topic
from tocsin.replay import line
from tocsin.settings import Settings

NUMBER, ADDRESS = "+14165550100", "jane.roe@acme.example"


def logged(desk: Driver) -> list[Record]:
    """Inbox and what came of it, as a cluster holds them."""
    offsets: dict[Topic, int] = {}
    records = list(desk.inbox.records)
    for output in desk.outputs:
        offset = offsets[output.topic] = offsets.get(output.topic, -1) + 1
        records.append(Record(output.topic, 0, offset, output.timestamp, output.key, output.value, output.headers))
    return sorted(records, key=lambda each: in_order([topic.value for topic in Topic]).index(each.name))


def history() -> Driver:
    """A call, a mail and work of an analyst, about whom all topics tell."""
    return Driver().at("09:00").missed(NUMBER).at("09:05").mail(sender=ADDRESS).at("09:25").tick()


def placed(desk: Driver, *whom: str) -> list[Place]:
    search = Search([person(each) for each in whom], Settings())
    return list(search.places(logged(desk), lambda _: None))


def test_it_finds_what_a_search_through_the_decoded_records_finds_and_nothing_else() -> None:
    desk = history()
    for who in (NUMBER, ADDRESS):
        wanted = {
            (each.name, each.offset) for each in logged(desk) if who.encode() in (each.value or b"") + (each.key or b"")
        }
        assert {(each.topic, each.offset) for each in placed(desk, who)} == wanted
        assert {Topic.INBOX, Topic.TICKET_EVENTS, Topic.TICKETS} <= {name for name, _ in wanted}


def test_each_place_of_a_ticket_names_it_the_input_that_opened_it_too() -> None:
    desk = history()
    opened = [each for each in placed(desk, NUMBER) if each.topic != Topic.TENANTS]
    assert {each.ticket for each in opened} == {"ACME-000001"}
    assert any(each.topic == Topic.INBOX for each in opened)


def test_state_that_a_later_record_has_replaced_is_told_apart_from_what_holds() -> None:
    desk = history()
    tickets = [each for each in placed(desk, NUMBER) if each.topic == Topic.TICKETS]
    replaced = [each for each in tickets if "compaction removes it" in each.removal]
    assert len(tickets) > len(replaced) > 0
    assert {each.kept_until for each in tickets} == {None}


def run(*arguments: str, **options: Any) -> tuple[int, str, str]:
    result = CliRunner().invoke(main_group, ["forget", *arguments], **options)
    return result.exit_code, result.stdout, result.stderr


def recorded(tmp_path: Path) -> Path:
    file = tmp_path / "log.jsonl"
    file.write_bytes(b"".join(line.write(each) + b"\n" for each in logged(history())))
    return file


def test_without_dry_run_it_says_that_it_cannot_forget(tmp_path: Path) -> None:
    code, _, said = run(NUMBER, "--in", str(recorded(tmp_path)))
    assert (code, "say --dry-run" in said) == (2, True)


def test_the_command_lists_the_places_of_a_recorded_file(tmp_path: Path) -> None:
    code, said, errors = run("416 555 0100", "--region", "CA", "--dry-run", "--in", str(recorded(tmp_path)), "--json")
    assert (code, errors) == (1, "")
    places = [json.loads(each) for each in said.splitlines()]
    assert {each["topic"] for each in places} >= {"soc.inbox", "soc.ticket-events", "soc.tickets"}
    assert {each["removal"] for each in places} == {"a copy: no retention reaches it, whoever keeps it deletes it"}
    assert all(each["kept_until"] is None for each in places)


def test_for_people_it_ends_with_what_it_cannot_find(tmp_path: Path) -> None:
    code, said, errors = run("-", "--dry-run", "--in", str(recorded(tmp_path)), input=f"{NUMBER}\n\nNobody Atall\n")
    assert code == 1
    assert "ACME-000001" in said
    assert "what could remove it sooner" in said
    assert "Not found by this: a nickname" in errors
    code, said, _ = run("Nobody Atall", "--dry-run", "--in", str(recorded(tmp_path)))
    assert (code, said) == (0, "The person stands nowhere.\n")
