"""`make bench` in short, on a real broker, with those who need no environment of their own."""

import sys
import time
from pathlib import Path

import pytest
from tests.conftest import UsesBroker

from tocsin.dev.kafka import LocalKafka
from tocsin.domain.instant import SECOND

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from contenders import contender
from race import race
from streams import mix


@pytest.mark.parametrize("name", ["tocsin", "naive-faust"])
async def test_a_contender_is_measured_and_all_that_it_says_is_as_the_oracle_has_it(
    name: str, broker: LocalKafka, uses_broker: UsesBroker, tmp_path: Path
) -> None:
    uses_broker(broker.version)
    raced = await race(contender(name), mix(400, int(time.time() * SECOND)), broker.bootstrap, tmp_path)
    assert raced.faults == []
    assert raced.measured.events == 360
    assert raced.measured.seconds > 0
    assert raced.measured.processor > 0
