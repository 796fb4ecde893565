"""Markings of the Traffic Light Protocol, as strangers write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.tlp import TLPS, Tlp, is_stricter, strictest, tlp_in, tlp_named, tlp_of


@pytest.mark.parametrize(
    ("written", "tlp"),
    [
        ("clear", Tlp.CLEAR),
        ("TLP:WHITE", Tlp.CLEAR),
        ("Green", Tlp.GREEN),
        ("tlp:amber", Tlp.AMBER),
        ("TLP:AMBER+STRICT", Tlp.AMBER_STRICT),
        ("AMBER STRICT", Tlp.AMBER_STRICT),
        ("amber-strict", Tlp.AMBER_STRICT),
        ("TLP: RED", Tlp.RED),
    ],
)
def test_a_marking_is_known_in_any_spelling(written: str, tlp: Tlp) -> None:
    assert tlp_named(written) is tlp_of(written) is tlp


@pytest.mark.parametrize("member", [None, "", "  ", "none", "Unknown"])
def test_where_nothing_is_said_there_is_no_marking(member: object) -> None:
    assert tlp_of(member) is None


@pytest.mark.parametrize("member", ["TLP:PINK", "amber+lax", 3, ["amber"], {"tlp": "green"}])
def test_what_is_no_marking_counts_as_red_since_nobody_knows_who_may_see_it(member: object) -> None:
    assert tlp_of(member) is Tlp.RED


@pytest.mark.parametrize(
    ("subject", "tlp"),
    [
        ("Odd log-ins", None),
        ("Re: [TLP:AMBER] Odd log-ins", Tlp.AMBER),
        ("TLP:AMBER+STRICT Odd log-ins", Tlp.AMBER_STRICT),
        ("(tlp green) Odd log-ins", Tlp.GREEN),
        ("[TLP: WHITE] fwd: [TLP:RED] Odd log-ins", Tlp.RED),
        ("TLP:REDACTED", None),
        ("xtlp:red", None),
        ("the amber lamp of the TLP", None),
    ],
)
def test_the_strictest_marking_of_a_subject_is_found(subject: str, tlp: Tlp | None) -> None:
    assert tlp_in(subject) is tlp


@given(st.lists(st.sampled_from((*TLPS, None))))
def test_none_is_stricter_than_the_strictest(markings: list[Tlp | None]) -> None:
    held = strictest(*markings)
    assert not any(is_stricter(each, held) for each in markings)
    assert held in markings or held is None


@given(st.text())
def test_no_word_fails(word: str) -> None:
    assert tlp_in(word) in (*TLPS, None)
    assert tlp_of(word) in (*TLPS, None)
