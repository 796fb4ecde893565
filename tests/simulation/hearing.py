"""What people hear, judged by journal and alerts alone: nothing that is silenced, and in the end all that is open.

An incident is open for a paging system from its first trigger until it is resolved. A silence that names nothing hides
all of a tenant but what is most urgent; whatever it names, nothing is told of an incident that it hides.
"""

from collections import defaultdict
from typing import Any

import msgspec
from tests.simulation.verdict import require

from tocsin.engine.snapshot import decode_ticket
from tocsin.messages.record import Output, Topic

MUTED = "what is silenced is not told"
TOLD = "what paging systems have open is what is open and not silenced"
OVER = "what no silence is about is told"
URGENT = "what is most urgent is never silenced"

_MOST_URGENT = ("P1", "high")
_State = dict[tuple[Topic, bytes | None], bytes | None]


class Hearing:
    """Listens to one inbox partition."""

    def __init__(self) -> None:
        self.swallowed: list[dict[str, Any]] = []
        """The alerts that were not published, as far as the journal tells of them."""
        self.silenced: set[str] = set()
        """The incidents of which something was kept from people at some time."""
        self._open: set[str] = set()
        self._total: dict[str, set[str]] = defaultdict(set)  # silences that name nothing, by tenant
        self._claimed: set[str] = set()  # tickets whose client calls them urgent
        self._due: dict[tuple[str, str], str | None] = {}  # deadline by ticket and incident

    def hears(self, output: Output) -> None:
        """The next record of the journal or alert. Raises `Violation`."""
        if output.topic is Topic.TICKET_EVENTS:
            self._decided(msgspec.json.decode(output.value or b""))
        elif output.topic is Topic.ALERTS:
            self._told(msgspec.json.decode(output.value or b"")["data"])

    def _decided(self, event: dict[str, Any]) -> None:
        data, ticket = event["data"], event["ticket"]
        match event["type"]:
            case "SilenceBegun" if not data["match"]:
                self._total[event["tenant"]].add(data["silence"])
            case "SilenceEnded":
                self._total[event["tenant"]].discard(data["silence"])
            case "PriorityClaimed":
                self._claimed.add(ticket)
            case "ObjectiveBreached":
                self._due[ticket, f"{data['rule']}/{data['cycle']}"] = data["deadline"]
            case "IncidentSilenced":
                self.silenced.add("/".join(filter(None, (event["tenant"], ticket, data["incident"]))))
            case "AlertSilenced":
                key = "/".join(filter(None, (event["tenant"], ticket, data["incident"])))
                deadline = self._due.get((ticket, data["incident"]))
                self.swallowed.append(
                    {
                        "kind": data["kind"],
                        "tenant": event["tenant"],
                        "ticket": ticket,
                        "dedup_key": key,
                        "deadline": deadline,
                    }
                )

    def _told(self, alert: dict[str, Any]) -> None:
        key, urgent = alert["dedup_key"], alert["priority"] in _MOST_URGENT or alert["ticket"] in self._claimed
        if alert["action"] == "trigger":
            hidden = bool(self._total[alert["tenant"]]) and alert["ticket"] is not None and not urgent
            require(not hidden, MUTED, alert["kind"], key)
            self._open.add(key)
        elif alert["action"] == "resolve":
            require(key in self._open, MUTED, "an end without a beginning:", alert["kind"], key)
            self._open.remove(key)

    def judge(self, state: _State) -> None:
        """Compare what is open for paging systems with a state in which everything is settled. Raises `Violation`."""
        silenced = {name for name, tenant in _tenants(state) if tenant.get("silences")}
        known, hidden = set[str](), set[str]()
        for ticket in (decode_ticket(value) for (of, _), value in state.items() if of is Topic.TICKETS and value):
            begins = f"{ticket.tenant}/{ticket.id}/"
            known |= {f"{begins}{clock.incident}" for clock in ticket.clocks if clock.paged}
            known |= {f"{begins}{notice}/{ticket.notices_closed}" for notice in ticket.notices}
            muted = {f"{begins}{each.incident}" for each in (ticket.quiet.muted if ticket.quiet else ()) if each.hidden}
            require(not muted or ticket.tenant in silenced, OVER, muted)
            urgent = ticket.priority in _MOST_URGENT or ticket.id in self._claimed
            require(not (muted and ticket.priority in _MOST_URGENT), URGENT, muted)
            told = {key for key in self._open if key.startswith(begins)}
            require(urgent or not (told and self._total[ticket.tenant]), MUTED, "still open:", told)
            hidden |= muted
        heard = {key for key in self._open if key.count("/") > 2}
        require(
            heard == known - hidden,
            TOLD,
            "too many:",
            heard - known | hidden & heard,
            "missing:",
            known - hidden - heard,
        )


def _tenants(state: _State) -> list[tuple[str, dict[str, Any]]]:
    return [
        (key.decode().removeprefix("tenant/"), msgspec.json.decode(value))
        for (of, key), value in state.items()
        if of is Topic.TENANTS and key is not None and value is not None and key.startswith(b"tenant/")
    ]
