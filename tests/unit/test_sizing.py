"""The page on sizing follows from GROWTH.json, by arithmetic that is tried here."""

import json
from pathlib import Path
from statistics import median
from xml.etree import ElementTree as ET

import pytest
from tools.sizing import RESULTS, Costs, Soc, costs, filled, size, written
from tools.sizing_plots import PLOTS, picture

MEASURED = json.loads(RESULTS.read_text(encoding="utf-8"))
ROUND = Costs(
    ticket_bytes=1_000,
    in_use_bytes=5_000,
    tenant_bytes=10_000,
    window_bytes=100,
    worker_bytes=50_000_000,
    partition_bytes=1_000_000,
    restore_s=0.0001,
    alone_s=0.01,
    ready_s=0.001,
    broker_alone_s=0.02,
    broker_ready_s=0.002,
    inbox_bytes=500,
    journal_bytes=1_500,
    alert_bytes=600,
    state_bytes=2_000,
    tick_bytes=100,
    adoption_bytes=40_000,
    connections=50,
    one_more_s=3.0,
)


@pytest.mark.parametrize(("path", "text"), list(written()), ids=lambda it: it.name if isinstance(it, Path) else "")
def test_the_page_and_its_pictures_follow_from_what_was_measured(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `make reference`"


def test_the_table_adds_up_what_one_costs() -> None:
    it = size(Soc("some", tenants=100, tickets_a_day=10_000, inputs_a_second=20), ROUND)
    assert it.kept == 480_000  # 48 days
    assert (it.cores, it.broker_cores) == (1.0, 2.0)  # 100 inputs a second at the peak
    assert it.partitions == 6  # 48 s of restoring, 10 s each
    assert it.workers == 2  # each uses half a core
    # tickets, those in use, tenants, windows that are full, partitions; while the other worker is away
    assert it.worker_bytes == 50e6 + 480e6 + 6 * 4_096 * 5_000 + 1e6 + 6 * 250_000 * 100 + 6e6
    a_day = 20 * 86_400
    log = 400 * (a_day * 2_000 + 6 * 2_880 * 100)
    assert it.disk_bytes == log + 30 * a_day * 600 + 7 * a_day * 500 + 2 * 480_000 * 2_000


def test_workers_get_equally_many_partitions_and_there_are_two_at_least() -> None:
    for rate in (0, 1, 10, 99, 100, 250, 700):
        it = size(Soc("some", tenants=1, tickets_a_day=1, inputs_a_second=rate), ROUND)
        assert it.workers >= max(2, it.cores / 0.5)
        assert it.partitions % it.workers == 0


def test_what_one_costs_is_read_from_the_points() -> None:
    by_partitions = {it["point"]["partitions"]: it["figures"] for it in MEASURED["partitions"]}
    found = costs(MEASURED)
    assert found.alone_s == median(it["apart_worker_us"] for it in by_partitions.values()) / 1e6
    assert found.worker_bytes + 64 * found.partition_bytes == pytest.approx(by_partitions[64]["worker_bytes"])
    assert all(value > 0 for value in found)


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(SystemExit, match="no place for the table sizes"):
        filled("<!-- sizes -->\nwhich never ends\n", MEASURED)


@pytest.mark.parametrize("name", PLOTS)
def test_a_picture_is_drawn_for_light_and_dark_and_can_be_read_aloud(name: str) -> None:
    text = picture(name, MEASURED[name])
    root = ET.fromstring(text)  # noqa: S314 - our own
    assert "prefers-color-scheme: dark" in text
    said = root.attrib["aria-label"]
    assert all(panel.title in said for panel in PLOTS[name][1])
    dots = [it for it in root.iter() if it.tag.endswith("circle")]
    assert len(dots) == len(PLOTS[name][1]) * len(MEASURED[name])
    assert all(0 <= float(dot.attrib["cy"]) <= 190 for dot in dots)
