"""What is sent: the text that a person reads, made of one alert or of many. Pure.

Titles are strangers' words. Here they become one harmless line; a sink whose text is markup escapes them itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from tocsin.domain.decide.decision import derived_id
from tocsin.domain.vocabulary import PagingAction
from tocsin.harmless import harmless
from tocsin.notify.alert import AlertContent, Received

_TITLE_LENGTH_MAX = 200
_SUBJECT_LENGTH_MAX = 180

_SAYS = {
    PagingAction.ACKNOWLEDGE.value: "taken",
    PagingAction.RESOLVE.value: "over",
    PagingAction.NONE.value: "for your information",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `id` is the idempotency key: it is the same whenever the same is sent again.

    `to` is the address of a person; None: the one that the sink has by itself. `link` leads to the page on which the
    person can answer. `thread` is the incident of a single alert.
    """

    id: str
    alerts: tuple[Received, ...]
    subject: str
    text: str
    thread: str | None = None
    to: str | None = None
    link: str | None = None

    @property
    def digest(self) -> bool:
        """True where it names several alerts."""
        return len(self.alerts) > 1

    @property
    def first(self) -> Received:
        """Its alert, or the first of them."""
        return self.alerts[0]


def message_of(alerts: Sequence[Received], to: str | None = None, link: str | None = None) -> Message:
    """The message about one alert, or the digest that names each of several."""
    if len(alerts) == 1:
        content = alerts[0].alert.data
        text = "\n".join([*_lines(content), f"Alert: {alerts[0].alert.id}", *_answer(link)])
        return Message(alerts[0].alert.id, tuple(alerts), _subject(content), text, content.dedup_key, to, link)
    ids = [each.alert.id for each in alerts]
    text = "\n".join(_digest(alerts))
    return Message(derived_id("|".join(("digest", *ids))), tuple(alerts), _of_digest(alerts), text, None, to, link)


def _subject(content: AlertContent) -> str:
    says = _SAYS.get(content.action)
    about = " ".join(filter(None, (content.priority, content.number or content.tenant)))
    state = f" ({says})" if says else ""
    line = f"[{about}] {content.kind.replace('_', ' ')}{state}: {_title(content)}"
    return harmless(line)[:_SUBJECT_LENGTH_MAX]


def _title(content: AlertContent) -> str:
    return harmless(content.title[:_TITLE_LENGTH_MAX])


def _lines(content: AlertContent) -> list[str]:
    facts = {
        "What": content.kind.replace("_", " "),
        "State": _SAYS.get(content.action, "to be seen to"),
        "Title": content.title[:_TITLE_LENGTH_MAX],
        "Tenant": content.tenant,
        "Ticket": content.number,
        "Client's ticket": content.client_ticket,
        "Priority": content.priority,
        "TLP": content.tlp,
        "Promise": content.objective,
        "Deadline": content.deadline,
        "For": content.role,
        "Clause": f"{content.source}, {content.clause}" if content.source else content.clause,
        "Actions": ", ".join(content.actions),
        "Opinion": content.opinion,
        "Advice": content.advice,
        "Incident": content.dedup_key,
    }
    return [f"{name}: {harmless(value)}" for name, value in facts.items() if value]


def _answer(link: str | None) -> list[str]:
    return ["", f"I take it: {link}"] if link else []


def _of_digest(alerts: Sequence[Received]) -> str:
    tenants = sorted({each.alert.data.tenant for each in alerts})
    shown = ", ".join(tenants[:3]) + (", ..." if len(tenants) > 3 else "")  # noqa: PLR2004 - so many fit into a line
    return f"[{shown}] {len(alerts)} alerts in one message"[:_SUBJECT_LENGTH_MAX]


def _digest(alerts: Sequence[Received]) -> list[str]:
    head = f"So many came at once that one message names all {len(alerts)} of them."
    return [head, "", *(line for each in alerts for line in (_subject(each.alert.data), f"    {each.alert.id}"))]
