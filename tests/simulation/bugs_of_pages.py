"""Planted bugs of what follows from receipts."""

from tests.simulation.planting import Bug, Change

PAGES = (
    Bug(
        "answered-page-climbs",
        "An acknowledgement leaves the last page as it is: what was received before climbs, though somebody has it.",
        Change("tocsin.domain.state.acknowledgements:_acknowledge", "clock.page = None", "clock.page = clock.page"),
        Change("tocsin.engine.alarms:next_timer", "if escalates and told", "if told"),
    ),
    Bug(
        "received-page-climbs-as-lost",
        "A page of which one way has failed for good climbs at once, though another way had brought it to somebody.",
        Change(
            "tocsin.domain.clocks.escalating:_due",
            "page.accepted_at is not None",
            "page.accepted_at is not None and page.failed_at is None",
        ),
    ),
    Bug(
        "expected-heartbeat-forgets",
        "A heartbeat that comes as expected lets the fold expect no other one.",
        Change("tocsin.domain.state.evolve_contract:evolve_heartbeats", "NotifyHeard | NotifyBeat", "NotifyHeard"),
    ),
)
