"""Alertmanager's webhook payloads and events as detections."""

import json
from typing import Any

import pytest
from tests.unit.taking import Take, Taken

from tocsin.domain.commands.inbound import Input
from tocsin.messages.record import Headers, Topic

ACME = (("tenant", b"acme"),)


def alert(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "InstanceDown", "severity": "critical", "instance": f"db-{number}:9100"},
        "annotations": {"summary": f"db-{number} is down"},
        "startsAt": "2026-03-01T08:58:00.120Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus-1:9090/graph",
        "fingerprint": f"{number:016x}",
        **changes,
    }


def event(kind: str = "alertCreated", **changes: Any) -> dict[str, Any]:
    pairs = [{"key": "alertname", "value": "InstanceDown"}, {"key": "instance", "value": "db-1:9100"}]
    one = {"fingerprint": "1", "labels": {"labels": pairs}, "startsAt": "2026-03-01T08:58:00.120Z", **changes}
    return {"@timestamp": "2026-03-01T08:58:01Z", "instance": "am-1", "data": {kind: {"alert": one}}}


@pytest.fixture
def notify(take: Take) -> Take:
    def notify(*alerts: Any, headers: Headers = ACME, **changes: Any) -> Taken:
        payload = {
            "receiver": "soc",
            "status": "firing",
            "alerts": list(alerts),
            "groupLabels": {},
            "externalURL": "http://am-1:9093",
            "version": "4",
            **changes,
        }
        return take(Topic.SECURITY_EVENTS, json.dumps(payload).encode(), headers=headers)

    return notify


@pytest.fixture
def adapt(take: Take) -> Take:
    def adapt(document: object, headers: Headers = ACME) -> Taken:
        return take(Topic.SECURITY_EVENTS, json.dumps(document).encode(), headers=headers)

    return adapt


def test_each_alert_of_a_payload_is_an_input_of_its_own(notify: Take) -> None:
    inputs = notify(alert(1), alert(2), alert(3)).inputs
    assert [it.body.asset for it in inputs] == ["db-1:9100", "db-2:9100", "db-3:9100"]
    assert len({it.id for it in inputs}) == len({it.body.key for it in inputs}) == 3


def test_what_is_resolved_says_so_and_keeps_no_other_alert_of_its_group_back(notify: Take) -> None:
    taken = notify(alert(1, status="resolved"), alert(2), status="firing")
    assert [(it.body.asset, it.body.resolved) for it in taken.inputs] == [("db-1:9100", True), ("db-2:9100", False)]
    assert taken.letters == []


def test_the_end_of_an_alert_is_another_input_of_the_same_key_and_one_however_often_it_is_told(
    notify: Take, adapt: Take
) -> None:
    (began,), (ended,) = notify(alert(1)).inputs, notify(alert(1, status="resolved")).inputs
    by_event = adapt(event("alertResolved")).input
    assert began.body.key == ended.body.key == by_event.body.key
    assert identity(began) != identity(ended) == identity(by_event)


def test_an_alert_that_says_nothing_of_its_state_is_in_that_of_its_group(notify: Take) -> None:
    bare = {name: value for name, value in alert().items() if name != "status"}
    assert [it.body.resolved for it in notify(bare, status="resolved").inputs] == [True]
    assert [it.body.resolved for it in notify(bare, status="firing").inputs] == [False]


def test_an_alert_that_is_none_is_a_dead_letter_and_the_others_are_taken(notify: Take) -> None:
    taken = notify(alert(1), {"labels": "odd"}, 7, alert(2))
    assert [it.body.asset for it in taken.inputs] == ["db-1:9100", "db-2:9100"]
    assert taken.reasons == ["invalid_data", "unknown_shape"]


def test_what_alertmanager_repeats_is_the_same_input_whoever_stands_beside_it(notify: Take) -> None:
    (first,) = notify(alert(1)).inputs
    again = notify(alert(2), alert(1, annotations={"summary": "db-1 is still down"})).inputs[1]
    assert identity(again) == identity(first)


def test_an_alert_that_fires_again_is_another_input_of_the_same_key(notify: Take) -> None:
    (first,) = notify(alert(1)).inputs
    (second,) = notify(alert(1, startsAt="2026-03-01T08:59:00Z")).inputs
    assert first.body.key == second.body.key
    assert identity(first) != identity(second)


def test_an_event_and_a_webhook_name_the_same_alert_and_so_do_replicas(notify: Take, adapt: Take) -> None:
    (by_webhook,) = notify(alert(1)).inputs
    by_event = adapt(event()).input
    by_replica = adapt(event() | {"instance": "am-2", "clusterPosition": 1}).input
    assert identity(by_webhook) == identity(by_event) == identity(by_replica)
    assert by_webhook.body.key == by_event.body.key


@pytest.mark.parametrize(
    "document",
    [
        event("alertGrouped"),
        event("notification"),
        event("silenceCreated"),
        {"@timestamp": "2026-03-01T08:58:01Z", "instance": "am-1", "data": {"alertmanagerStartupEvent": {}}},
        {"@timestamp": "2026-03-01T08:58:01Z", "instance": "am-1", "data": {}},
        alert(labels={"alertname": "Watchdog", "severity": "none"}),
        alert(status={"state": "suppressed"}),
    ],
)
def test_what_is_silenced_or_no_finding_leaves_nothing(adapt: Take, document: object) -> None:
    taken = adapt(document)
    assert (taken.inputs, taken.letters) == ([], [])


@pytest.mark.parametrize(
    ("written", "severity", "assumed"),
    [
        ("critical", "critical", False),
        ("page", "critical", False),
        ("error", "high", False),
        ("warning", "medium", False),
        ("low", "low", False),
        ("info", "informational", False),
        ("none", "informational", False),
        ("P7", "medium", True),
        (None, "medium", True),
    ],
)
def test_a_severity_is_the_word_of_the_label(adapt: Take, written: str, severity: str, assumed: bool) -> None:
    body = adapt(alert(labels={"alertname": "InstanceDown", "severity": written})).input.body
    assert (body.severity, body.severity_assumed) == (severity, assumed)


def test_the_receiver_or_the_address_of_alertmanager_finds_the_tenant(notify: Take) -> None:
    by_receiver = notify(alert(), headers=(), receiver="acme-sensor-1").input
    by_address = notify(alert(), headers=(), externalURL="http://acme-sensor-1:9093").input
    assert by_receiver.tenant == by_address.tenant == "acme"
    assert notify(alert(), headers=()).reason == "no_tenant"


@pytest.mark.parametrize("alerts", [None, "odd", {}, 7])
def test_alerts_that_are_no_array_are_a_dead_letter(notify: Take, alerts: object) -> None:
    assert notify(alerts=alerts).reason == "invalid_data"


def identity(taken: Input) -> tuple[str, str, str]:
    """By which a repeat is known as one."""
    return taken.tenant, taken.source, taken.id
