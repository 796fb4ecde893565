"""Random histories, for the laws that hold of every history."""

from driver import ANALYST
from hypothesis import Phase, settings
from hypothesis import strategies as st
from logs import ADOPTIONS, SPACING, TENANTS, Step

from tocsin.domain.commands import desk as desk_commands
from tocsin.domain.commands import inbound as commands
from tocsin.domain.commands.inbound import Body
from tocsin.domain.commands.silence import Maintain, Quieten, Silence, Unsilence
from tocsin.domain.instant import DAY, HOUR, MINUTE, SECOND
from tocsin.domain.vocabulary import CallOutcome, Channel, Purpose, Severity

HISTORIES = settings(
    max_examples=settings().max_examples // 2,  # they are long
    phases=[phase for phase in Phase if phase is not Phase.explain],  # which would take longer than a test may
)

Bodies = st.SearchStrategy[Body]

_SHORT = (0, 0, 1, SECOND, MINUTE, 5 * MINUTE, 10 * MINUTE, 20 * MINUTE - 1, 20 * MINUTE, 30 * MINUTE)
_gaps = st.sampled_from((*_SHORT, *_SHORT, HOUR, 9 * HOUR, 3 * DAY, -HOUR))
_lateness = st.sampled_from((0, 0, 0, 0, None, SECOND, 5 * MINUTE, 20 * MINUTE, HOUR, 12 * HOUR))
_ids = st.sampled_from((*[None] * 9, "dup-1"))

_analyst = st.just(ANALYST)
_line = st.just("+9")
_soc = st.just("soc@tocsin.example")
_subject = st.just("s")
_callers = st.sampled_from(("+1", "+2"))
_senders = st.sampled_from(("a@x.example", "b@x.example"))
_messages = st.sampled_from(("m0", "m1", "m2"))
_calls = st.sampled_from(("c0", "c1", "c2"))
_contacts = st.sampled_from(("m0", "m1", "m2", "c0", "c1", "c2", *(str(SPACING * place) for place in range(1, 12))))
_priorities = st.sampled_from(("P1", "P2", "P3", "P4", "high"))
_claims = st.sampled_from((None, None, "P1", "P2", "P4"))
_exclusions = st.sampled_from(("hardware", "client_hardware", "updates_not_installed"))
_servers = st.sampled_from((None, "s1", "s2", "S2"))
_client_tickets = st.sampled_from((None, None, None, "INC1"))


def _turns(ticket: st.SearchStrategy[str | None]) -> Bodies:
    """What clients and sensors do."""
    return st.one_of(
        st.builds(
            commands.Detection,
            signature=st.sampled_from(("s1", "s1", "s2")),
            severity=st.sampled_from(Severity),
            asset=st.just("h"),
            title=st.just("t"),
        ),
        st.sampled_from((commands.CallMissed, commands.CallMissed, commands.CallAnswered)).flatmap(
            lambda kind: st.builds(
                kind,
                call=_calls,
                caller=_callers,
                line=_line,
                ticket=ticket,
                client_ticket=_client_tickets,
                priority=_claims,
            )
        ),
        st.builds(
            commands.EmailReceived,
            message_id=_messages,
            sender=_senders,
            recipients=st.tuples(_soc),
            subject=_subject,
            in_reply_to=st.none() | _messages,
            ticket=ticket,
            client_ticket=_client_tickets,
            priority=_claims,
            spoofed=st.sampled_from((False, False, False, True)),
            automatic=st.sampled_from((False, False, True)),
        ),
    )


def _requests(ticket: st.SearchStrategy[str | None]) -> Bodies:
    """What clients ask for by other ways than call and mail."""
    return st.one_of(
        st.builds(
            commands.RequestSubmitted,
            channel=st.sampled_from((Channel.PORTAL, Channel.WEB)),
            contact=_senders,
            subject=_subject,
            ticket=ticket,
            client_ticket=_client_tickets,
            priority=_claims,
            server=_servers,
        ),
        st.builds(commands.StatusRequested, channel=st.just(Channel.PORTAL), contact=_senders, ticket=ticket),
        st.builds(
            commands.HealthReported,
            server=st.sampled_from(("s1", "s1", "s2", "s3")),
            subject=st.just("storage"),
            condition=st.sampled_from(("critical", "warning", "fine")),
        ),
        st.builds(
            commands.EquipmentFailed,
            device=st.just("d"),
            kind=st.sampled_from(("sensor", "soho")),
            contact=_senders,
            excluded_by=st.sampled_from((None, None, "client_hardware")),
        ),
        st.builds(commands.DeletionDemanded, contact=_senders, subject=_subject, after_end=st.booleans()),
    )


def _answers(ticket: st.SearchStrategy[str | None]) -> Bodies:
    """What we say."""
    return st.one_of(
        st.builds(
            commands.CallPlaced,
            call=st.just("p"),
            callee=_callers,
            line=_line,
            outcome=st.sampled_from(CallOutcome),
            purpose=st.sampled_from(Purpose),
            analyst=_analyst,
            ticket=ticket,
            returns=st.none() | _calls,
        ),
        st.builds(
            commands.EmailSent,
            message_id=_messages,
            sender=_soc,
            recipients=st.tuples(_senders),
            subject=_subject,
            purpose=st.sampled_from(Purpose),
            analyst=_analyst,
            in_reply_to=st.none() | _messages,
            ticket=ticket,
            automatic=st.sampled_from((False, False, True)),
        ),
    )


_PLAIN = (
    desk_commands.Unacknowledge,
    desk_commands.Respond,
    desk_commands.EstablishActionPlan,
    desk_commands.ProvideWorkaround,
    desk_commands.Resolve,
    desk_commands.Resolve,
    desk_commands.Resume,
    desk_commands.Close,
    desk_commands.Reopen,
    desk_commands.Readopt,
    desk_commands.ReportAccessMissing,
    desk_commands.ReportAccessRestored,
    desk_commands.ShipReplacement,
    desk_commands.ConfirmDeletion,
)


def _desk(ticket: st.SearchStrategy[str]) -> Bodies:
    return st.one_of(
        st.builds(
            desk_commands.Hold,
            ticket=ticket,
            analyst=_analyst,
            reason=st.sampled_from(("waiting", "waiting for customer", "Remote-access-missing", "curiosity")),
            until=st.sampled_from(("", "", "2026-03-01T12:00:00Z", "2026-03-03", "2026-03-05T01:00:00+01:00", "soon")),
        ),
        *[st.builds(desk_commands.Acknowledge, ticket=ticket, analyst=st.sampled_from((ANALYST, ANALYST, "bob")))] * 2,
        st.builds(desk_commands.Reclassify, ticket=ticket, analyst=_analyst, priority=_priorities),
        st.builds(
            desk_commands.NameServer, ticket=ticket, analyst=_analyst, server=st.sampled_from(("s1", "s2", "s3"))
        ),
        st.builds(desk_commands.Readopt, ticket=ticket, analyst=_analyst, mistaken=st.just(True)),  # noqa: FBT003 - of Hypothesis
        st.builds(desk_commands.Link, ticket=ticket, analyst=_analyst, other=ticket),
        st.builds(desk_commands.Merge, ticket=ticket, analyst=_analyst, into=ticket),
        st.builds(desk_commands.Split, ticket=ticket, analyst=_analyst, contact=_contacts),
        st.builds(desk_commands.Assign, ticket=ticket, analyst=_analyst, assignee=st.just("bob")),
        st.builds(desk_commands.RuleOut, ticket=ticket, analyst=_analyst, reason=_exclusions),
        st.builds(desk_commands.ProposeWork, ticket=ticket, analyst=_analyst, work=st.just("w")),
        st.builds(
            desk_commands.RecordAgreement, ticket=ticket, analyst=_analyst, work=st.just("w"), agreed_by=st.just("Kim")
        ),
        st.builds(desk_commands.StartWork, ticket=ticket, analyst=_analyst, work=st.just("w")),
        st.builds(desk_commands.AddNote, ticket=ticket, analyst=_analyst, note=st.just("n")),
        *(st.builds(verb, ticket=ticket, analyst=_analyst) for verb in _PLAIN),
    )


_names = st.sampled_from(("q1", "q2"))
_reason = st.just("r")
_until = st.sampled_from(
    [f"2026-03-02T{hour:02d}:{minute}:00Z" for hour in range(9, 16) for minute in (10, 30)] + ["2026-03-04"]
)
_some = st.sampled_from(((), (), ("s1",), ("s1", "s2")))


def _match(names: dict[str, tuple[str, ...]]) -> dict[str, st.SearchStrategy[tuple[str, ...]]]:
    """Mostly nothing of each, so that much is silenced."""
    return {field: st.sampled_from(((), (), (), *((name,) for name in some))) for field, some in names.items()}


def silences(tenant: str) -> Bodies:
    """What begins and ends silences."""
    about = {
        "kinds": ("at_risk", "breached", "escalated", "detection", "callback_overdue", "attainment_at_risk"),
        "objectives": ("first_response", "callback"),
        "priorities": ("P2", "P3", "high"),
        "roles": ("shift lead", "SOC manager", "analyst"),
        "tickets": tuple(f"{tenant.upper()}-00000{number}" for number in (1, 2)),
    }
    silence = st.builds(Silence, silence=_names, analyst=_analyst, until=_until, reason=_reason, **_match(about))
    return st.one_of(
        *[silence] * 4,
        st.builds(Quieten, silence=_names, analyst=_analyst, until=_until, reason=_reason, signatures=_some),
        st.builds(
            Maintain, silence=_names, analyst=_analyst, begins=_until, until=_until, reason=_reason, servers=_some
        ),
        st.builds(Unsilence, silence=_names, analyst=_analyst),
    )


def _bodies(tenant: str) -> st.SearchStrategy[Body | str]:
    ticket = st.sampled_from([f"{tenant.upper()}-00000{number}" for number in (1, 1, 1, 1, 2, 2, 3)])
    maybe = st.none() | ticket
    foreign = st.sampled_from([f"{other.upper()}-000001" for other in TENANTS])
    turns, answers, desk = _turns(maybe), _answers(maybe), _desk(ticket)
    kinds = (
        [turns] * 5
        + [answers] * 3
        + [desk] * 6
        + [_requests(maybe), _desk(foreign), st.sampled_from(sorted(ADOPTIONS))]
    )
    return st.integers(0, len(kinds) - 1).flatmap(kinds.__getitem__)


def _steps(tenant: str) -> st.SearchStrategy[Step]:
    return st.builds(Step, gap=_gaps, tenant=st.just(tenant), body=_bodies(tenant), late=_lateness, input_id=_ids)


def _with_silences(tenant: str) -> st.SearchStrategy[Step]:
    silence = st.builds(Step, gap=_gaps, tenant=st.just(tenant), body=silences(tenant))
    return st.sampled_from((*[STEPS[tenant]] * 4, silence)).flatmap(lambda it: it)


STEPS = {tenant: _steps(tenant) for tenant in TENANTS}
EVERYBODYS = st.one_of(*STEPS.values())
OF_ONE_CONTRACT = STEPS["globex"].filter(lambda step: not isinstance(step.body, str))
"""Steps of a tenant that keeps its contract."""

_SILENCED = {tenant: _with_silences(tenant) for tenant in TENANTS}
_STEPS = {
    False: st.sampled_from((*STEPS.values(), EVERYBODYS)),
    True: st.sampled_from((*_SILENCED.values(), st.one_of(*_SILENCED.values()))),
}


@st.composite
def histories(
    draw: st.DrawFn, each: st.SearchStrategy[Step] | None = None, size: int = 30, *, silenced: bool = False
) -> list[Step]:
    """Most are one tenant's alone, so that they become intricate ones; long ones come as often as short ones.

    `silenced`: in some of them pages are silenced for a time.
    """
    of_whom = draw(_STEPS[silenced]) if each is None else each
    length = draw(st.integers(1, size))
    return draw(st.lists(of_whom, min_size=length, max_size=length))
