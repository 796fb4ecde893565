"""A contract replaced while a ticket is open: whenever that happens, one figure holds, and it counts from the start."""

from collections.abc import Callable

from contracts import contract, response
from driver import Driver
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.contract.model import Contract
from tocsin.domain.instant import DAY, MINUTE

MINUTES = st.integers(1, 120)
START = Driver().at("09:00").now


def terms(minutes: int, name: str) -> Contract:
    return contract(response({"P1": minutes, "P2": minutes}), name=name)


def played(  # noqa: PLR0913 - what happened, and when
    old: int, new: int, answered: int | None, adopted: int, readopted: int | None, *, mistaken: bool = False
) -> Driver:
    """A mail at nine o'clock, and so many minutes after it what is not None; of one minute the answer comes first."""
    desk = Driver(terms(old, "old")).at("09:00").mail()
    happened: list[tuple[int, int, Callable[[], object]]] = [(adopted, 1, lambda: desk.adopt(terms(new, "new")))]
    if answered is not None:
        happened.append((answered, 0, desk.respond))
    if readopted is not None:
        happened.append((readopted, 2, lambda: desk.readopt(mistaken=mistaken)))
    for minute, _, verb in sorted(happened, key=lambda it: it[:2]):
        desk.now = START + minute * MINUTE
        verb()
    desk.now = START + DAY
    return desk.tick()


@given(MINUTES, MINUTES, st.none() | MINUTES, MINUTES)
def test_a_contract_adopted_later_leaves_an_open_ticket_alone(
    old: int, new: int, answered: int | None, adopted: int
) -> None:
    desk = played(old, new, answered, adopted, None)
    clock = desk.clock("response")
    assert clock.deadline == START + old * MINUTE
    assert clock.breached == (answered is None or answered > old)
    assert {alert["contract"] for alert in desk.alerts()} <= {"old"}


@given(MINUTES, MINUTES, st.none() | MINUTES, MINUTES, MINUTES)
def test_readoption_at_any_time_judges_by_one_figure_from_the_original_start(
    old: int, new: int, answered: int | None, adopted: int, later: int
) -> None:
    readopted = adopted + later
    desk = played(old, new, answered, adopted, readopted)
    clock = desk.clock("response")
    figure = old if answered is not None and answered <= readopted else new
    assert clock.started_at == START
    assert clock.deadline == START + figure * MINUTE
    assert clock.breached == (answered is None or answered > figure)
    assert bool(desk.alerts("corrected")) == (bool(desk.alerts("breached")) and not clock.breached)


@given(MINUTES, MINUTES, st.none() | MINUTES, MINUTES, MINUTES)
def test_after_a_mistake_is_mended_all_is_judged_as_if_it_had_never_been_made(
    wrong: int, right: int, answered: int | None, adopted: int, later: int
) -> None:
    mended = played(wrong, right, answered, adopted, adopted + later, mistaken=True)
    never = played(right, right, answered, adopted, None)
    for desk in (mended, never):
        clock = desk.clock("response")
        assert clock.deadline == START + right * MINUTE
        assert clock.breached == (answered is None or answered > right)
        opened, closed = len(desk.told("breached")), len(desk.told("corrected"))
        assert opened - closed == clock.breached, "what was told and stands is what is"
