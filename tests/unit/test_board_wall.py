"""The wall as it is worked out: which promises, in which order, in which state."""

from typing import Any

import pytest

from tocsin.board.promises import Promise, State, Told
from tocsin.board.text import left
from tocsin.board.wall import Filter, wall
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND, Instant
from tocsin.domain.vocabulary import Objective, Stage
from tocsin.story.standing import NEAR

NOW: Instant = 1_800_000_000_000


def promise(key: str, due: Instant | None, **more: Any) -> Promise:
    facts: dict[str, Any] = {
        "key": key,
        "ticket": f"ticket-{key}",
        "number": "ACME-000001",
        "tenant": "acme",
        "title": "Mass encryption",
        "priority": "P1",
        "rank": 0,
        "stage": Stage.RECEIVED,
        "objective": Objective.FIRST_RESPONSE,
        "rule": "response",
        "started_at": NOW - HOUR,
        "deadline": None if due is None else NOW + due,
        "breached": False,
        "warned": False,
        "held_for": None,
        "held_until": None,
        "next": None,
        "taken": (),
        "assignee": None,
        "caller": None,
    }
    return Promise(**{**facts, **more})


def keys(shown: tuple[Promise, ...]) -> list[str]:
    return [each.key for each in shown]


def test_the_next_deadline_comes_first_and_what_has_none_last() -> None:
    promises = [promise("held", None), promise("far", DAY), promise("late", -MINUTE), promise("near", MINUTE)]
    assert keys(wall(promises, Filter(), NOW, 10).promises.shown) == ["late", "near", "far", "held"]


def test_of_two_that_are_due_at_once_the_more_urgent_priority_comes_first() -> None:
    promises = [promise("low", HOUR, rank=3), promise("high", HOUR, rank=0)]
    assert keys(wall(promises, Filter(), NOW, 10).promises.shown) == ["high", "low"]


def test_callbacks_stand_in_a_lane_of_their_own() -> None:
    promises = [promise("call", MINUTE, objective=Objective.CALLBACK), promise("other", HOUR)]
    told = wall(promises, Filter(), NOW, 10)
    assert keys(told.callbacks.shown) == ["call"]
    assert keys(told.promises.shown) == ["other"]


def test_only_the_most_urgent_are_shown_the_rest_is_counted_and_stands_on_the_next_page() -> None:
    promises = [promise(f"{number:02}", number * MINUTE) for number in range(25)]
    first = wall(promises, Filter(), NOW, 10).promises
    assert (len(first.shown), first.more, first.total) == (10, 15, 25)
    last = wall(promises, Filter(), NOW, 10, page=3).promises
    assert (keys(last.shown), last.first, last.more) == (["20", "21", "22", "23", "24"], 20, 0)
    assert wall(promises, Filter(), NOW, 10, page=99).promises.shown == ()


@pytest.mark.parametrize(
    ("due", "more", "state"),
    [
        (-1, {}, State.LATE),
        (0, {}, State.AT_RISK),  # what happens at the deadline to the millisecond is in time
        (NEAR, {}, State.AT_RISK),
        (NEAR + 1, {}, State.ON_TRACK),
        (DAY, {"warned": True}, State.AT_RISK),
        (DAY, {"breached": True}, State.LATE),  # told late before, due again by another reckoning
        (None, {"held_for": "client"}, State.HELD),
        (None, {}, State.NO_DATE),
        (None, {"breached": True, "held_for": "client"}, State.LATE),
    ],
)
def test_the_state_of_a_promise(due: Instant | None, more: dict[str, Any], state: State) -> None:
    assert promise("one", due, **more).state(NOW) is state


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ([], ["a", "b", "c"]),
        ([("tenant", "acme")], ["a", "b"]),
        ([("tenant", "acme"), ("tenant", "globex")], ["a", "b", "c"]),
        ([("tenant", "acme"), ("priority", "P2")], ["b"]),
        ([("role", "shift lead")], ["c"]),
        ([("stage", "responded")], ["b"]),
        ([("objective", "resolution")], ["c"]),
        ([("tenant", "")], ["a", "b", "c"]),
        ([("unknown", "x")], ["a", "b", "c"]),
        ([("tenant", "nobody")], []),
    ],
)
def test_an_address_says_what_a_wall_shows(query: list[tuple[str, str]], shown: list[str]) -> None:
    promises = [
        promise("a", MINUTE),
        promise("b", HOUR, priority="P2", stage=Stage.RESPONDED),
        promise("c", DAY, tenant="globex", objective=Objective.RESOLUTION, next=Told("shift lead", NOW)),
    ]
    chosen = Filter.read(query)
    told = wall(promises, chosen, NOW, 10)
    assert keys(told.promises.shown) == shown
    assert sum(told.counts.values()) == len(shown)


def test_the_address_of_a_filter_reads_as_the_filter_again() -> None:
    chosen = Filter.read([("tenant", "a b&c"), ("priority", "P1"), ("role", "shift lead")])
    assert chosen.query == "tenant=a+b%26c&priority=P1&role=shift+lead"


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [
        (0, "0:00"),
        (1, "0:01"),
        (20 * MINUTE, "20:00"),
        (HOUR + 61 * SECOND, "1:01:01"),
        (47 * HOUR, "47:00:00"),
        (3 * DAY + 5 * HOUR, "3 d 05 h"),
        (-1, "\u22120:00"),
        (-5 * SECOND, "\u22120:05"),
        (-26 * HOUR, "\u221226:00:00"),
    ],
)
def test_a_countdown_never_shows_less_than_is_left_nor_more_than_is_late(milliseconds: int, text: str) -> None:
    assert left(milliseconds) == text
