"""What a page says: what it is about, whom it is for, until when, and how to answer. Plain text. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tocsin.domain.decide.decision import derived_id
from tocsin.domain.instant import Instant, parse, to_datetime
from tocsin.domain.time.zones import to_wall
from tocsin.harmless import harmless
from tocsin.notify.alert import AlertContent, Received
from tocsin.notify.message import Message, message_of
from tocsin.notify.pages.plan import Plan, Way
from tocsin.roster.roster import Person

_SUBJECT_LENGTH_MAX = 180


def page_of(alerts: Sequence[Received], plan: Plan, way: Way, links: Mapping[str, str]) -> Message:
    """The page by `way` about one alert, or the digest of several; `links` are those to answer each of them."""
    plain = message_of(alerts, to=way.address)
    link = links.get(alerts[0].alert.id)
    person, role = plan.person, plan.role
    if plain.digest or person is None:
        return _with(plain, way, plain.subject, [plain.text, "", *_digest_links(alerts, links)], None)
    content = alerts[0].alert.data
    about = " ".join(filter(None, (content.priority, content.number or content.tenant)))
    until = _until(content, person)
    line = f"[{about}] Page for {person.name}, {role}{until and ', until ' + until}: {content.title}"
    head = [
        f"{person.name}, this goes to you, who carry the role {role}.",
        *([f"Promised until {until}, where you are."] if until else []),
        "",
    ]
    return _with(plain, way, line, [*map(harmless, head), plain.text, *_answer(content, link)], link)


def end_of(alerts: Sequence[Received], way: Way) -> Message:
    """What tells somebody who was paged that a matter is taken, or over, or open again."""
    plain = message_of(alerts, to=way.address)
    return _with(plain, way, plain.subject, [plain.text], None)


def _with(plain: Message, way: Way, subject: str, lines: Sequence[str], link: str | None) -> Message:
    """With an id of its own: a copy to a list must not make a mail server drop the page as its double."""
    cut = harmless(subject)[:_SUBJECT_LENGTH_MAX]
    own = derived_id(f"{plain.id}|{way.name}")
    return replace(plain, id=own, subject=cut, text="\n".join(lines), link=link)


def _until(content: AlertContent, person: Person) -> str:
    """The deadline by the clock of the place where the person is."""
    if content.deadline is None:
        return ""
    return shown_there(parse(content.deadline), person.zone)


def shown_there(instant: Instant, zone: str) -> str:
    """The instant by the clock of `zone`, such as `Sun 02:30 (Europe/Berlin)`."""
    return f"{to_datetime(to_wall(instant, zone)):%a %H:%M} ({zone})"


def _answer(content: AlertContent, link: str | None) -> list[str]:
    desk = f"tocsin desk acknowledge {content.number}" if content.number else "your desk"
    if link is None:
        return ["", f"To take it: {desk}"]
    return [
        "",
        f"To take it: {link}",
        "Opening the link changes nothing; the page behind it has a button, which answers once.",
        f"At the desk: {harmless(desk)}",
    ]


def _digest_links(alerts: Sequence[Received], links: Mapping[str, str]) -> list[str]:
    found = [
        f"{harmless(each.alert.data.number or each.alert.data.dedup_key)}: {links[each.alert.id]}"
        for each in alerts
        if each.alert.id in links
    ]
    return ["To take one (the page behind each link has a button):", *found] if found else []
