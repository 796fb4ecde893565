"""An input that comes twice within the window counts once, and the window is a pure function of the log."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.commands.inbound import Input, Tick
from tocsin.domain.instant import DAY, HOUR
from tocsin.engine.deduplication import Deduplication


def asked(name: str, offset: int = 0, at: int = 0, tenant: str = "acme", source: str = "sensor") -> Input:
    return Input(tenant=tenant, source=source, id=name, recorded_at=at, happened_at=at, offset=offset, body=Tick())


def repeats(window: Deduplication, inputs: list[Input]) -> list[bool]:
    return [window.is_repeat(each) for each in inputs]


def test_the_same_tenant_source_and_id_is_a_repeat_and_nothing_less() -> None:
    window = Deduplication(10)
    assert repeats(window, [asked("a"), asked("a")]) == [False, True]
    others = [asked("b"), asked("a", tenant="globex"), asked("a", source="other")]
    assert repeats(window, others) == [False, False, False]


def test_the_window_forgets_by_count() -> None:
    window = Deduplication(3)
    assert repeats(window, [asked(name, at) for at, name in enumerate("abcd")]) == [False] * 4
    assert window.start == 1
    assert repeats(window, [asked("b", 4), asked("a", 5)]) == [True, False]


def test_the_window_forgets_by_age() -> None:
    window = Deduplication(10)
    window.is_repeat(asked("a", 0, 0))
    window.is_repeat(asked("b", 1, HOUR))
    assert window.is_repeat(asked("b", 2, DAY + HOUR))
    assert window.start == 1
    assert not window.is_repeat(asked("a", 3, DAY + HOUR))


def test_exactly_24_hours_later_it_is_still_a_repeat() -> None:
    window = Deduplication(10)
    window.is_repeat(asked("a", 0, 0))
    assert window.is_repeat(asked("a", 1, DAY))


def test_a_repeat_keeps_its_input_in_the_window() -> None:
    window = Deduplication(3)
    assert repeats(window, [asked("a", 0), asked("b", 1), asked("a", 2), asked("c", 3)]) == [False, False, True, False]
    assert window.is_repeat(asked("a", 4))


def test_an_empty_window_has_no_start() -> None:
    assert Deduplication(3).start is None


names = st.lists(st.tuples(st.sampled_from("abcde"), st.integers(-HOUR, DAY // 2)), max_size=40)


@given(names, st.integers(1, 8), st.data())
def test_reading_again_from_its_start_gives_the_same_window(
    steps: list[tuple[str, int]], size: int, data: st.DataObject
) -> None:
    """Also where stamps jump back."""
    stamp, inputs = 0, []
    for offset, (name, delta) in enumerate(steps):
        stamp = max(0, stamp + delta)
        inputs.append(asked(name, offset, stamp))
    cut = data.draw(st.integers(0, len(inputs)))
    live = Deduplication(size)
    repeats(live, inputs[:cut])
    restored = Deduplication(size)
    repeats(restored, inputs[live.start : cut] if live.start is not None else [])
    assert repeats(restored, inputs[cut:]) == repeats(live, inputs[cut:])
    assert restored.start == live.start
