"""Ids by a name that several may have."""

import time

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.state.index import Index


def test_an_id_is_found_by_every_name_that_it_has_until_it_is_discarded() -> None:
    index = Index()
    for name, new in (("a", "1"), ("b", "1"), ("a", "2"), ("a", "1")):
        index.add(name, new)
    assert (list(index.of("a")), list(index.of("b")), list(index.of("c"))) == (["1", "2"], ["1"], [])
    index.discard("a", "1")
    index.discard("b", "1")
    index.discard("c", "1")
    assert (list(index.of("a")), list(index.of("b"))) == (["2"], [])


@given(st.lists(st.tuples(st.booleans(), st.sampled_from("ab"), st.sampled_from("123"))))
def test_it_does_what_a_table_of_sets_would_do(steps: list[tuple[bool, str, str]]) -> None:
    index, table = Index(), {"a": set[str](), "b": set[str]()}
    for add, name, each in steps:
        (index.add if add else index.discard)(name, each)
        (table[name].add if add else table[name].discard)(each)
    assert {name: set(index.of(name)) for name in "ab"} == table


def test_a_name_that_a_stranger_gave_to_a_hundred_thousand_costs_no_more_than_another() -> None:
    index, started = Index(), time.process_time()
    for number in range(100_000):
        index.add("<same@mail.example>", str(number))
    for number in range(100_000):
        index.discard("<same@mail.example>", str(number))
    assert time.process_time() - started < 5  # of this process; measured at 0.1
    assert len(index.of("<same@mail.example>")) == 0
