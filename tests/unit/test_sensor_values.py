"""Severities, times, assets and keys, as sensors of all kinds write them."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.domain.commands.inbound import Detection
from tocsin.domain.instant import parse
from tocsin.domain.vocabulary import Severity
from tocsin.messages.adapters._asset import endpoint, is_home
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.correlation import joined, qualified
from tocsin.messages.times import sensor_time

TEN = Scale(steps=((0, Severity.LOW), (4, Severity.MEDIUM), (7, Severity.HIGH), (9, Severity.CRITICAL)), top=10)


@pytest.mark.parametrize(
    ("written", "severity"),
    [
        ("HIGH", "high"),
        (" Critical ", "critical"),
        ("Moderate", "medium"),
        ("emerg", "critical"),
        ("Warning", "medium"),
        ("Info", "informational"),
        (0, "low"),
        (3.9, "low"),
        (4, "medium"),
        ("8.5", "high"),
        ("10", "critical"),
    ],
)
def test_a_severity_is_a_word_in_any_case_or_a_number_of_its_scale(written: object, severity: str) -> None:
    assert TEN.grade(written) == (severity, False)


@pytest.mark.parametrize(
    "written", [None, True, "", "odd", "nan", "inf", 10.1, -1, "11", [], {}, "9" * 5_000, 10**400, -(10**400)]
)
def test_a_severity_that_is_missing_or_unknown_is_medium_and_marked(written: object) -> None:
    assert TEN.grade(written) == (Severity.MEDIUM, True)


def test_the_first_severity_that_is_known_counts() -> None:
    assert TEN.grade(None, "odd", "low", "critical") == (Severity.LOW, False)


@pytest.mark.parametrize(
    "written",
    [
        1_767_225_600,
        1_767_225_600_000,
        1_767_225_600_000_000,
        1_767_225_600_000_000_000,
        1_767_225_600.0,
        "1767225600",
        "1767225600.000000",
        "1767225600000",
        "1767225600000000000",
        "2026-01-01T00:00:00Z",
        "2026-01-01T01:00:00.000000000+01:00",
        "2025-12-31 19:00:00",
    ],
)
def test_a_time_is_a_stamp_or_a_number_of_seconds_milliseconds_microseconds_or_nanoseconds(written: object) -> None:
    assert sensor_time(written, "America/Toronto") == parse("2026-01-01T00:00:00Z")


@pytest.mark.parametrize("written", [None, True, 7, "", "soon", 10**40, -1, 1e300, "9" * 400, [], "20260101" * 9])
def test_a_time_that_says_nothing_is_none(written: object) -> None:
    assert sensor_time(written, None) is None


def test_without_home_networks_private_addresses_are_at_home() -> None:
    assert endpoint("10.1.1.1", "198.51.100.7", ()) == "10.1.1.1"
    assert endpoint("198.51.100.7", "fd00::7", ()) == "fd00::7"
    assert endpoint("198.51.100.7", "203.0.113.4", ()) == "203.0.113.4"


def test_home_networks_count_alone_where_they_are_given() -> None:
    home = (ip_network("198.51.100.0/24"),)
    assert endpoint("198.51.100.7", "10.1.1.1", home) == "198.51.100.7"
    assert not is_home("no address", home)


PARTS = st.lists(st.text("a~/012", max_size=4) | st.text(min_size=200, max_size=300), min_size=1, max_size=4)


@given(PARTS, PARTS)
def test_other_parts_never_make_the_same_key(one: list[str], other: list[str]) -> None:
    assert (joined(*one) == joined(*other)) == (one == other)
    assert len(joined(*one)) <= 256


def test_the_key_of_a_detection_has_the_sensor_and_its_own_key_or_the_signature_and_the_asset() -> None:
    seen = Detection(signature="s/1", severity=Severity.LOW, asset="a", title="t", key="1001")
    assert qualified(seen, "edr").key == "edr/key/1001"
    assert qualified(seen, "edr").key != qualified(seen, "siem").key
    keyless = Detection(signature="s/1", severity=Severity.LOW, asset="a", title="t")
    assert qualified(keyless, "edr").key == "edr/signature/s~11/a"
