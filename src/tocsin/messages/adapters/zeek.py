"""Zeek's `notice.log` as JSON, of Zeek or Corelight. Its other logs report no finding.

The asset is by `home_networks` one end of the connection. A notice has no severity, so it is medium and marked; some
writers add one. An alert of the Suricata in a Corelight sensor is read as Suricata's own.
"""

from collections.abc import Mapping, Sequence

from tocsin.domain.commands.inbound import Detection
from tocsin.messages.adapters._asset import endpoint
from tocsin.messages.adapters._sensor import dig, first_text, text
from tocsin.messages.adapters._sensor_source import sensor_source
from tocsin.messages.adapters._severity import Scale
from tocsin.messages.arrival import Accepted, Arrival
from tocsin.messages.dead_letters import DeadLetterReason, Rejected
from tocsin.messages.ignored import Ignored, IgnoredKind
from tocsin.messages.models.base import LINE_LENGTH_MAX
from tocsin.messages.times import sensor_time

_SCALE = Scale()
_NOTICE = "notice"
_SURICATA = "suricata_corelight"


def recognises(arrival: Arrival) -> bool:
    """True if the value is a line of one of Zeek's logs: a notice, or one that names its log."""
    document = arrival.document
    if "ts" in document:
        return "note" in document or "_path" in document
    return len(document) == 1 and isinstance(notice := document.get(_NOTICE), dict) and "note" in notice


def adapt(arrival: Arrival) -> Accepted | Sequence[Arrival]:
    """The notice as a detection. Raises `Rejected`, and `Ignored` for lines of logs that report no finding."""
    line = arrival.document
    if "alert" in line and line.get("_path") == _SURICATA:
        return [arrival.part(_as_eve(line), sender=line.get("_system_name"))]
    if "ts" not in line and isinstance(inner := line.get(_NOTICE), dict):  # as the Kafka writer tags its lines
        line = inner
    path = line.get("_path", _NOTICE)
    if not isinstance(path, str):
        raise Rejected(DeadLetterReason.NOT_A_DETECTION, "_path: no text")
    arrival.judge_type(path)
    if not path.startswith(_NOTICE):
        raise Ignored(IgnoredKind.NO_FINDING)
    note = text(line.get("note"))
    if note is None:
        raise Rejected(DeadLetterReason.INVALID_DATA, "note: no text")
    arrival.judge_type(note)
    return _accepted(arrival, line, note)


def _as_eve(line: dict[str, object]) -> dict[str, object]:
    """An alert of the Suricata in a Corelight sensor, as Suricata itself writes it."""
    return {
        "event_type": "alert",
        "timestamp": line.get("ts"),
        "src_ip": _address(line, "orig_h"),
        "dest_ip": _address(line, "resp_h"),
        "uid": line.get("uid"),
        "alert": line["alert"],
    }


def _address(line: Mapping[str, object], end: str) -> object:
    """One end of the connection; some writers nest `id`."""
    return line.get(f"id.{end}", dig(line, "id", end))


def _accepted(arrival: Arrival, line: Mapping[str, object], note: str) -> Accepted:
    origin = sensor_source(arrival, "zeek", line.get("_system_name"), line.get("peer_descr"))
    severity, assumed = _SCALE.grade(dig(line, "severity", "name"), line.get("severity"))
    source = first_text(line.get("src"), _address(line, "orig_h"))
    destination = first_text(line.get("dst"), _address(line, "resp_h"))
    return Accepted(
        tenant=origin.tenant,
        source=origin.sensor,
        id=None,
        time=sensor_time(line.get("ts"), origin.zone),
        namespace="zeek",
        body=Detection(
            signature=note,
            severity=severity,
            severity_assumed=assumed,
            asset=endpoint(source, destination, origin.home) or "unknown",
            title=first_text(line.get("msg"), length_max=LINE_LENGTH_MAX) or note,
        ),
    )
