"""Ids of tickets and alerts are derived from names, so the same one has the same id however often it is computed."""

from uuid import NAMESPACE_URL, uuid5

from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.decide.decision import derived_id

NAMESPACE = uuid5(NAMESPACE_URL, "https://tocsin.example/")


@given(st.text())
def test_an_id_is_the_uuid_of_version_5_of_its_name(name: str) -> None:
    assert derived_id(name) == str(uuid5(NAMESPACE, name))
