"""The ways of a page: each is tried once and in time, the next one at once when one fails, none when it is over."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.instant import HOUR, MINUTE, Instant, parse
from tocsin.notify.pages.plan import Plan, Way, plan, way_name
from tocsin.notify.pages.progress import Tried, due, is_over, ways_left
from tocsin.roster.keeper import Turn
from tocsin.roster.roster import Person, Reach

NOW = parse("2026-03-02T23:30:00Z")
GRACE = Person(
    key="grace",
    name="Grace",
    zone="Europe/London",
    quiet=(22 * 60, 31 * 60),
    reach=(Reach("mail", "grace@soc.example", 0), Reach("phone", "+14165550181", 5 * MINUTE)),
)


def planned(person: Person | None, *, urgent: bool = True, sinks: Sequence[str] = ("mail", "phone")) -> Plan:
    return plan("lead", Turn(person, None, "r1", "nobody carries it"), NOW, urgent=urgent, sinks=sinks)


def test_a_page_goes_to_the_person_on_duty_by_the_ways_in_their_order_and_names_no_address() -> None:
    found = planned(GRACE)
    assert [(way.sink, way.address, way.after) for way in found.ways] == [
        ("mail", "grace@soc.example", 0),
        ("phone", "+14165550181", 5 * MINUTE),
    ]
    assert [way.name for way in found.ways] == [
        way_name("mail", "grace@soc.example"),
        way_name("phone", "+14165550181"),
    ]
    assert not any(way.address in way.name for way in found.ways)
    assert (found.refused, found.roster) == (None, "r1")


def test_quiet_hours_hold_for_all_but_the_most_urgent_priority() -> None:
    refused = planned(GRACE, urgent=False).refused
    assert refused is not None
    assert refused.reason == "quiet_hours"
    assert planned(GRACE, urgent=True).refused is None


def test_nobody_on_duty_and_nobody_who_can_be_reached_are_told_apart() -> None:
    nobody, no_way = planned(None), planned(GRACE, sinks=["chat"])
    assert [each.refused and each.refused.reason for each in (nobody, no_way)] == ["nobody_on_duty", "no_way"]
    assert (nobody.ways, no_way.ways) == ((), ())


def test_the_same_address_twice_is_one_way() -> None:
    twice = Person(key="a", name="A", zone="UTC", reach=(Reach("mail", "a@x", 0), Reach("mail", "a@x", 0)))
    assert len(planned(twice).ways) == 1


# ---- laws

_ways = st.lists(st.sampled_from([0, 0, MINUTE, 5 * MINUTE, HOUR]), min_size=1, max_size=4).map(
    lambda waits: tuple(Way(f"w{number}", "mail", str(number), after) for number, after in enumerate(waits))
)
_fates = st.lists(st.tuples(st.booleans(), st.integers(0, 20 * MINUTE)), min_size=4, max_size=4)
"""Whether each way is accepted, and how long it takes to know."""


def played(ways: Sequence[Way], fates: Sequence[tuple[bool, int]]) -> list[tuple[Instant, str, str]]:
    """What happens, step by step, when nobody answers."""
    now, happened = NOW, []
    tried: dict[str, Tried] = {}
    ends: dict[str, Instant] = {}
    while not is_over(ways, tried):
        found = due(ways, tried, NOW, now)
        for way in found.ways:
            assert way.name not in tried
            tried[way.name] = Tried(now)
            ends[way.name] = now + fates[ways.index(way)][1]
            happened.append((now, way.name, "begun"))
        assert due(ways, tried, NOW, now).ways == ()
        now = min([*ends.values(), *([found.next_at] if found.next_at is not None else [])])
        for name in [name for name, end in ends.items() if end <= now]:
            del ends[name]
            accepted = fates[int(name[1:])][0]
            tried[name] = tried[name]._replace(outcome="accepted" if accepted else "failed")
            happened.append((now, name, "accepted" if accepted else "failed"))
    return happened


@given(_ways, _fates)
def test_every_way_is_begun_once_in_its_order_and_no_later_than_its_wait(
    ways: tuple[Way, ...], fates: list[tuple[bool, int]]
) -> None:
    begun = {name: at for at, name, what in played(ways, fates) if what == "begun"}
    assert list(begun) == [way.name for way in ways]
    before = NOW
    for way in ways:
        assert begun[way.name] <= before + way.after
        before = begun[way.name]


@given(_ways, _fates)
def test_a_way_begins_before_its_wait_is_over_only_because_the_one_before_it_has_failed(
    ways: tuple[Way, ...], fates: list[tuple[bool, int]]
) -> None:
    happened = played(ways, fates)
    begun = {name: at for at, name, what in happened if what == "begun"}
    failed = {name: at for at, name, what in happened if what == "failed"}
    assert begun["w0"] == NOW + ways[0].after
    for number, way in enumerate(ways[1:], start=1):
        before = f"w{number - 1}"
        waited = begun[before] + way.after
        assert begun[way.name] == min(waited, failed.get(before, waited))


@given(_ways, st.lists(st.sampled_from(["accepted", "failed", None]), max_size=4))
def test_none_is_left_exactly_when_each_has_ended(ways: tuple[Way, ...], fates: list[str | None]) -> None:
    tried = {way.name: Tried(NOW, fate) for way, fate in zip(ways, fates, strict=False)}  # type: ignore[arg-type]  # drawn from them
    left = ways_left(ways, tried)
    assert is_over(ways, tried) == (left == 0)
    assert left == len(ways) - sum(each.outcome is not None for each in tried.values())
