"""What happens in a security operations centre: short stories, told as messages with their times."""

from collections.abc import Generator, Iterator
from random import Random
from typing import Any, NamedTuple

from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.commands import inbound as commands
from tocsin.domain.decide.decision import ticket_id_of
from tocsin.domain.instant import HOUR, MINUTE, SECOND, Instant, show
from tocsin.messages.record import Topic

TOPIC_OF = {
    **dict.fromkeys((commands.Detection.TYPE, commands.HealthReported.TYPE), Topic.SECURITY_EVENTS),
    **dict.fromkeys((commands.CallAnswered.TYPE, commands.CallMissed.TYPE, commands.CallPlaced.TYPE), Topic.CALLS),
    **dict.fromkeys((commands.EmailReceived.TYPE, commands.EmailSent.TYPE), Topic.EMAILS),
}
"""Everything else is for the desk."""

_PEOPLE = {
    "acme": (("+14165550123", "ada@acme.example"), ("+14165550177", "bob@acme.example")),
    "globex": (("+4930901820", "gerd@globex.example"),),
    "hooli": (("+16505550111", "hal@hooli.example"),),
    "umbrella": (("+81312345678", "hanako@umbrella.example"),),
}
_STRANGERS = (("+442079460018", "who@nowhere.example"), ("withheld", "x@nowhere.example"))
_OUR_LINE, _OUR_ADDRESS = "+18445525837", "soc@soc.example"
_PRIORITIES = {"hooli": ("high", "medium", "low")}
_USUAL = ("P1", "P2", "P3", "P4")
_TARGETS = (10, 15, 20, 30, 60, 120, 240, 480)  # minutes; around these it matters


_REASONS = ("waiting_for_customer", "Waiting for customer", "waiting_for_third_party", "waiting_for_costumer")
"""The last one is misspelt."""

NEVER_SPLIT = ("acme", "unassigned")
"""What is split off is owed a callback of its own, so that callbacks are no longer a question of the caller alone."""


class Message(NamedTuple):
    """Somebody tells of something that happened `at`."""

    at: Instant
    kind: str
    id: str
    tenant: str | None  # None: nobody says whose it is
    data: dict[str, Any]
    prompt: bool = False  # told in the very millisecond

    @property
    def source(self) -> str:
        """Who tells."""
        return f"{TOPIC_OF.get(self.kind, Topic.DESK)}-gateway"


class Storyteller:
    """Tells stories, each with ids of its own."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._count = 0
        self._tickets: list[tuple[str, str]] = []  # tenant and id of tickets that may exist
        self._contacts: list[str] = []  # ids of calls and mails of clients

    def story(self, at: Instant) -> Iterator[Message]:
        """One that begins at `at`."""
        kinds = (
            (self._callback, 9),
            (self._on_the_dot, 2),
            (self._incident, 6),
            (self._enquiry, 4),
            (self._stranger, 2),
            (self._meddling, 3),
            (self._portal, 2),
            (self._one_matter, 2),
            (self._waiting, 2),
            (self._rise, 2),
        )
        ((tell, _),) = self._random.choices(kinds, [weight for _, weight in kinds])
        return self._posted(tell(at))

    def _posted(self, messages: Iterator[Message]) -> Iterator[Message]:
        """The messages, and what mail systems say of our mails among them: now and then one does not arrive."""
        for message in messages:
            yield message
            if message.kind == commands.EmailSent.TYPE and self._random.random() < 0.2:
                yield self._bounce(message)

    # ---- the stories

    def _callback(self, at: Instant) -> Iterator[Message]:
        """Somebody rings, once or more often, nobody is free; they are rung back in time, late or never."""
        tenant = self._tenant()
        phone, _ = self._person(tenant)
        calls = []
        for _ in range(self._few()):
            missed = self._say(at, commands.CallMissed.TYPE, tenant, {"call": "", "from": phone, "to": _OUR_LINE})
            calls.append(missed.data["call"])
            yield missed
            if self._random.random() < 0.2:
                yield from self._colleague(at, tenant, phone, self._ticket(missed))
            at += self._gap() // 2
        while self._random.random() < 0.3:
            at += self._gap() // 3
            yield self._ring(at, tenant, phone, self._random.choice(("busy", "no_answer")), "callback")
        if self._random.random() < 0.1:
            yield self._say(at, commands.CallAnswered.TYPE, tenant, {"call": "", "from": phone, "to": _OUR_LINE})
        elif self._random.random() < 0.995:  # else nobody ever does
            named = {"returns": self._random.choice(calls)} if self._random.random() < 0.3 else {}
            at += self._gap() // 2 if self._random.random() < 0.9 else self._random.randrange(36 * HOUR)
            yield self._ring(at, tenant, phone, self._random.choice(("reached", "voicemail")), "callback", **named)
            if self._random.random() < 0.8:
                yield self._ring(at + self._gap(), tenant, phone, "reached", "resolution")

    def _colleague(self, at: Instant, tenant: str, phone: str, ticket: str) -> Iterator[Message]:
        """Somebody else of theirs rings about the same ticket; they may be rung back, too."""
        for other, _ in _PEOPLE[tenant]:
            if other != phone:
                at += self._random.randrange(10 * MINUTE)
                yield self._say(
                    at, commands.CallMissed.TYPE, tenant, {"call": "", "from": other, "to": _OUR_LINE, "ticket": ticket}
                )
                if self._random.random() < 0.9:
                    yield self._ring(at + self._gap(), tenant, other, "reached", "callback")

    def _on_the_dot(self, at: Instant) -> Iterator[Message]:
        """Somebody is rung back in the very millisecond of the deadline, or in one beside it.

        So much happens around it that something is likely to be stamped with that millisecond, too.
        """
        phone, _ = self._person("acme")
        missed = self._say(at, commands.CallMissed.TYPE, "acme", {"call": "", "from": phone, "to": _OUR_LINE})
        returned_at = at + 20 * MINUTE + self._random.choice((-1, 0, 0, 1))
        returned = self._ring(returned_at, "acme", phone, "reached", "callback")
        around = [at + 20 * MINUTE - self._random.randrange(10) for _ in range(5)]
        notes = [
            self._desk(noted_at, desk_commands.AddNote.TYPE, "acme", "no such ticket", note="busy")
            for noted_at in around
        ]
        yield from (message._replace(prompt=True) for message in (missed, returned, *notes))

    def _incident(self, at: Instant) -> Iterator[Message]:
        """A sensor sees something, perhaps again and worse; the ticket is worked off, or forgotten."""
        tenant = self._tenant()
        asset = f"host-{self._random.randrange(200)}"
        seen = {"signature": "1:2100498", "asset": asset, "title": "Root shell", "severity": self._severity()}
        if self._random.random() < 0.3:
            seen |= {"risk": "high", "sophistication": "high"}
        first = self._say(at, commands.Detection.TYPE, tenant, seen)
        ticket = self._ticket(first)
        yield first
        again = [at + self._gap() for _ in range(self._few() - 1)]
        for repeated_at in again:
            repeated = self._say(repeated_at, commands.Detection.TYPE, tenant, seen | {"severity": self._severity()})
            yield repeated
            if self._random.random() < 0.97:  # whichever of them has opened the ticket, it is worked off
                yield self._done(repeated_at + self._gap(), "resolution", tenant, self._ticket(repeated), None)
        resolved_at = yield from self._work(at, tenant, ticket)
        if any(repeated_at > resolved_at for repeated_at in again):
            yield self._done(max(again) + self._gap(), "resolution", tenant, ticket, None)

    def _rise(self, at: Instant) -> Iterator[Message]:
        """What a sensor has seen becomes worse, by its word or an analyst's; it is answered before and after."""
        tenant = self._tenant()
        seen = {"signature": "1:2100498", "asset": f"host-{self._random.randrange(200)}", "title": "Beacon"}
        first = self._say(
            at, commands.Detection.TYPE, tenant, seen | {"severity": self._random.choice(("low", "medium"))}
        )
        ticket = self._ticket(first)
        yield first
        worse = zip(("high", "critical"), _PRIORITIES.get(tenant, _USUAL)[1::-1], strict=True)
        for severity, priority in worse:
            if self._random.random() < 0.6:
                yield self._done(at + self._gap(), "response", tenant, ticket, None)
            at += self._gap()
            if self._random.random() < 0.5:
                yield self._say(at, commands.Detection.TYPE, tenant, seen | {"severity": severity})
            else:
                yield self._desk(at, desk_commands.Reclassify.TYPE, tenant, ticket, priority=priority)
        if self._random.random() < 0.8:
            yield self._done(at + self._gap(), "response", tenant, ticket, None)
        yield self._done(at + 2 * self._gap(), "resolution", tenant, ticket, None)

    def _enquiry(self, at: Instant) -> Iterator[Message]:
        """Somebody writes, perhaps once more; they are answered."""
        tenant = self._tenant()
        _, address = self._person(tenant)
        mail: dict[str, Any] = {"message_id": f"m{self._count}@client", "from": address, "to": _OUR_ADDRESS}
        mail |= {"subject": "Help"} | self._claim(tenant)
        first = self._say(at, commands.EmailReceived.TYPE, tenant, mail)
        yield first
        if self._random.random() < 0.3:
            again = {**mail, "message_id": f"{mail['message_id']}.2", "in_reply_to": mail["message_id"]}
            yield self._say(at + self._gap(), commands.EmailReceived.TYPE, tenant, again)
        yield from self._work(at, tenant, self._ticket(first), thread=mail["message_id"])

    def _waiting(self, at: Instant) -> Iterator[Message]:
        """Somebody who wrote and was answered is waited for, or somebody else is, once or more often."""
        tenant = self._random.choice(("umbrella", "acme"))
        _, address = self._person(tenant)
        mail = {"message_id": f"w{self._count}@client", "from": address, "to": _OUR_ADDRESS, "subject": "Help"}
        first = self._say(at, commands.EmailReceived.TYPE, tenant, mail)
        ticket = self._ticket(first)
        yield first
        at += self._random.randrange(10 * MINUTE)
        yield self._desk(at, desk_commands.Respond.TYPE, tenant, ticket)
        for number in range(self._few()):
            at += self._gap()
            reason = self._random.choice(_REASONS)
            until = {"until": show(at + self._gap())} if self._random.random() < 0.5 else {}
            yield self._desk(at, desk_commands.Hold.TYPE, tenant, ticket, reason=reason, **until)
            if self._random.random() < 0.6:
                again = {**mail, "message_id": f"{mail['message_id']}.{number}", "in_reply_to": mail["message_id"]}
                yield self._say(at + self._gap(), commands.EmailReceived.TYPE, tenant, again)
            if self._random.random() < 0.5:
                yield self._desk(at + self._gap(), desk_commands.Resume.TYPE, tenant, ticket)
            yield self._desk(at + self._gap(), desk_commands.Respond.TYPE, tenant, ticket)

    def _stranger(self, at: Instant) -> Iterator[Message]:
        """Somebody whom nobody knows rings or writes."""
        phone, address = self._random.choice(_STRANGERS)
        if self._random.random() < 0.5:
            mail = {"message_id": f"m{self._count}@who", "from": address, "to": _OUR_ADDRESS, "subject": "Hello"}
            yield self._say(at, commands.EmailReceived.TYPE, None, mail)
            return
        missed = self._say(at, commands.CallMissed.TYPE, None, {"call": "", "from": phone, "to": _OUR_LINE})
        yield missed
        shown = "+442079460019" if phone == "withheld" else phone
        yield self._ring(at + self._gap(), None, shown, "reached", "resolution", returns=missed.data["call"])

    def _meddling(self, at: Instant) -> Iterator[Message]:
        """An analyst does something to a ticket that may or may not be there, sensible or not."""
        if not self._tickets:
            return
        tenant, ticket = self._random.choice(self._tickets[-30:])
        pause = self._desk(at, desk_commands.Hold.TYPE, tenant, ticket, reason="waiting_for_third_party")
        what = (
            (pause, self._desk(at + self._gap(), desk_commands.Resume.TYPE, tenant, ticket)),
            (self._desk(at, desk_commands.Reclassify.TYPE, tenant, ticket, priority=self._priority(tenant)),),
            (self._desk(at, desk_commands.Assign.TYPE, tenant, ticket, assignee="kim"),),
            (self._desk(at, desk_commands.Link.TYPE, tenant, ticket, other=self._random.choice(self._tickets)[1]),),
            (self._desk(at, desk_commands.AddNote.TYPE, tenant, ticket, note="looked at it"),),
            (self._desk(at, desk_commands.Reopen.TYPE, tenant, ticket),),
            (self._desk(at, desk_commands.Readopt.TYPE, tenant, ticket),),
            (self._desk(at, desk_commands.Acknowledge.TYPE, tenant, "no such ticket"),),
        )
        yield from self._random.choice(what)

    def _one_matter(self, at: Instant) -> Iterator[Message]:
        """An analyst takes two tickets for one matter, rightly or not, or what is on one for two matters."""
        if not self._tickets:
            return
        tenant, ticket = self._random.choice(self._tickets[-30:])
        theirs = [name for whose, name in self._tickets[-60:] if whose == tenant]
        at += self._gap()
        yield self._desk(at, desk_commands.Merge.TYPE, tenant, ticket, into=self._random.choice(theirs))
        if tenant not in NEVER_SPLIT and self._contacts and self._random.random() < 0.5:
            contact = self._random.choice(self._contacts[-20:])
            yield self._desk(at + self._gap(), desk_commands.Split.TYPE, tenant, ticket, contact=contact)

    def _portal(self, at: Instant) -> Iterator[Message]:
        """A client fills in a form."""
        tenant = self._tenant()
        _, address = self._person(tenant)
        forms: tuple[tuple[str, dict[str, Any]], ...] = (
            (commands.RequestSubmitted.TYPE, {"subject": "Upgrade", **self._claim(tenant)}),
            (commands.StatusRequested.TYPE, {}),
            (commands.EquipmentFailed.TYPE, {"device": "probe-7", "kind": "sensor"}),
            (commands.DeletionDemanded.TYPE, {"subject": "Delete my data", "after_end": False}),
        )
        kind, form = self._random.choice(forms)
        first = self._say(at, kind, tenant, form | {"contact": address})
        yield first
        yield from self._work(at, tenant, self._ticket(first))

    def _work(
        self, at: Instant, tenant: str, ticket: str, thread: str | None = None
    ) -> Generator[Message, None, Instant]:
        """The steps of the work on a ticket: each may be left out, and comes early or late. When it was resolved."""
        if self._random.random() < 0.5:
            yield self._desk(at + self._gap() // 4, desk_commands.Acknowledge.TYPE, tenant, ticket)
        for purpose in ("response", "action_plan", "workaround"):
            if self._random.random() < 0.5:
                at += self._gap()
                yield self._done(at, purpose, tenant, ticket, thread)
        at += self._gap() if self._random.random() < 0.9 else self._random.randrange(30 * HOUR)  # or it is forgotten
        if self._random.random() < 0.995:
            yield self._done(at, "resolution", tenant, ticket, thread)
        if self._random.random() < 0.2:
            yield self._desk(at + self._gap(), desk_commands.Close.TYPE, tenant, ticket)
        return at

    # ---- their parts

    def _done(self, at: Instant, purpose: str, tenant: str, ticket: str, thread: str | None) -> Message:
        """A step of the work, by whichever way it shows itself."""
        phone, address = self._person(tenant)
        way = self._random.randrange(3)
        if way == 0:
            return self._ring(at, tenant, phone, "reached", purpose, ticket=ticket)
        if way == 1:
            verb = {"response": desk_commands.Respond.TYPE, "resolution": desk_commands.Resolve.TYPE}.get(purpose)
            return self._desk(at, verb or f"tocsin.desk.{purpose}", tenant, ticket)
        mail: dict[str, Any] = {"message_id": f"s{self._count}@soc.example", "from": _OUR_ADDRESS, "to": address}
        mail |= {"subject": "Re: Help", "purpose": purpose, "analyst": "kim"}
        mail |= {"in_reply_to": thread} if thread else {"ticket": ticket}
        return self._say(at, commands.EmailSent.TYPE, tenant, mail)

    def _bounce(self, sent: Message) -> Message:
        """A report that a mail of ours did not reach the one whom it went to, or one of a mail that nobody sent."""
        report: dict[str, Any] = {"message_id": f"b{self._count}@mx", "from": "mailer-daemon@soc.example"}
        report |= {"to": _OUR_ADDRESS, "subject": "Undelivered", "automatic": True}
        report["bounces"] = sent.data["message_id"] if self._random.random() < 0.9 else "guessed@soc.example"
        report["failed"] = self._random.choice(([sent.data["to"]], ["another@name.example"], []))
        at = sent.at + self._random.randrange(40 * MINUTE)
        return self._say(at, commands.EmailReceived.TYPE, sent.tenant, report)

    def _ring(self, at: Instant, tenant: str | None, phone: str, outcome: str, purpose: str, **more: str) -> Message:
        data = {"call": "", "from": _OUR_LINE, "to": phone, "outcome": outcome, "purpose": purpose, "analyst": "kim"}
        return self._say(at, commands.CallPlaced.TYPE, tenant, data | more)

    def _desk(self, at: Instant, kind: str, tenant: str, ticket: str, **more: str) -> Message:
        return self._say(at, kind, tenant, {"ticket": ticket, "analyst": "lee", **more})

    def _say(self, at: Instant, kind: str, tenant: str | None, data: dict[str, Any]) -> Message:
        self._count += 1
        name = f"{kind.removeprefix('tocsin.')}-{self._count}"
        if "call" in data:
            data = data | {"call": name}
        if kind in (commands.CallMissed.TYPE, commands.CallAnswered.TYPE, commands.EmailReceived.TYPE):
            self._contacts.append(data.get("call") or data["message_id"])
        return Message(at, kind, name, tenant, data)

    def _ticket(self, first: Message) -> str:
        tenant = first.tenant or "unassigned"
        ticket = ticket_id_of(tenant, first.source, first.id)
        self._tickets.append((tenant, ticket))
        return ticket

    # ---- their chances

    def _gap(self) -> Instant:
        """How long the next step takes: often about as long as it may, now and then to the millisecond."""
        target = self._random.choice(_TARGETS) * MINUTE
        luck = self._random.random()
        if luck < 0.1:
            return target
        if luck < 0.3:
            return target + self._random.randrange(-2 * SECOND, 2 * SECOND)
        if luck < 0.95:
            return int(target * self._random.uniform(0.1, 1.3))
        return self._random.randrange(72 * HOUR)

    def _tenant(self) -> str:
        (tenant,) = self._random.choices(tuple(_PEOPLE), (6, 2, 2, 2))
        return tenant

    def _person(self, tenant: str) -> tuple[str, str]:
        return self._random.choice(_PEOPLE[tenant])

    def _few(self) -> int:
        return self._random.choice((1, 1, 1, 2, 2, 3))

    def _severity(self) -> str:
        return self._random.choice(("informational", "low", "medium", "high", "high", "critical"))

    def _priority(self, tenant: str) -> str:
        return self._random.choice(_PRIORITIES.get(tenant, _USUAL))

    def _claim(self, tenant: str) -> dict[str, str]:
        return {"priority": self._priority(tenant)} if self._random.random() < 0.5 else {}
