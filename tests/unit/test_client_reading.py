"""Where reading of a topic begins."""

import pytest

from tocsin.client.reading import first_from
from tocsin.client.start import BEGINNING, NOW
from tocsin.domain.instant import Instant
from tocsin.messages.record import Topic


@pytest.mark.parametrize("topic", [Topic.TICKETS, Topic.TENANTS, Topic.ALERTS])
@pytest.mark.parametrize("known", [None, 5, 700])
def test_from_the_beginning_everything_is_read_whatever_the_broker_finds_by_time(
    topic: Topic, known: int | None
) -> None:
    """After compaction a broker finds no record by time in a topic of state that has 300,000."""
    assert first_from(topic, BEGINNING, known, (3, 1_000)) == 3


@pytest.mark.parametrize(
    ("topic", "start", "known", "begin"),
    [
        (Topic.TICKETS, 1_772_355_600_000, 500, 500),
        (Topic.TICKETS, 1_772_355_600_000, None, 3),  # there may be some all the same
        (Topic.TENANTS, NOW, None, 1_000),
        (Topic.ALERTS, 1_772_355_600_000, 500, 500),
        (Topic.ALERTS, 1_772_355_600_000, None, 1_000),
    ],
)
def test_from_a_time_reading_begins_no_later_than_the_first_record_of_that_time(
    topic: Topic, start: Instant, known: int | None, begin: int
) -> None:
    assert first_from(topic, start, known, (3, 1_000)) == begin
