"""What operators do with the log stands in the journal, and changes nothing else."""

from driver import Driver

from tocsin.domain.commands.operation import RecordOperation

EXPORTED = RecordOperation(operation="export", about="soc.inbox", reason="the audit of March", operator="mia")


def test_an_operation_stands_in_the_journal_with_who_and_why_and_alerts_nobody() -> None:
    log = Driver("unassigned").of("unassigned").at("09:00").publish(EXPORTED).at("12:00").tick()
    recorded = [it for it in log.journal() if it["type"] == "OperationRecorded"]
    assert [(it["tenant"], it["ticket"], it["data"]) for it in recorded] == [
        ("unassigned", None, {"operation": "export", "about": "soc.inbox"})
    ]
    assert {name: recorded[0]["persons"][name] for name in ("operator", "reason")} == {
        "operator": "mia",
        "reason": "the audit of March",
    }
    assert log.alerts() == []
