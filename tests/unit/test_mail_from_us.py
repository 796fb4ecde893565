"""Nobody can play us: what counts as a mail of ours, and what only claims to be one."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.taking import PROOF, STAMP, Take, Taken, taken_of
from tests.unit.test_mail_as_it_is import MIA, mail

from tocsin.contracts.errors import ContractError
from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.inbound import CallPlaced, EmailReceived, EmailSent
from tocsin.messages.intake import Intake, Limits
from tocsin.messages.mail.authentication import trusted_results
from tocsin.messages.mail.headers import Headers
from tocsin.messages.record import Record, Topic
from tocsin.messages.sent import Sent
from tocsin.tenants.directory import TenantDirectory

MX = "mx.soc.example"
OLA = {"From": "ola@soc.example", "To": MIA, "Message_ID": "<s1@soc.example>", "Subject": "Re: Odd [ACME-000001]"}


def found(*fields: str, **headers: str) -> bytes:
    """Our answer with these `Authentication-Results` above it, the topmost first."""
    above = "".join(f"Authentication-Results: {field}\r\n" for field in fields)
    return above.encode() + mail(**{**OLA, **headers})


def is_ours(take: Take, value: bytes, topic: Topic = Topic.EMAILS) -> bool:
    body = take(topic, value).input.body
    if isinstance(body, EmailSent):
        return True
    assert isinstance(body, EmailReceived)
    assert body.spoofed
    return False


@pytest.mark.parametrize(
    "field",
    [
        f"{MX}; dmarc=pass header.from=soc.example",
        f"{MX} 1; dmarc=pass (p=REJECT sp=NONE dis=NONE) header.from=SOC.example",
        f'"{MX.upper()}" ; spf=fail smtp.mailfrom=x.example; DMARC = pass action=none header.from=soc.example;',
        f"{MX}; spf=pass (a; dmarc=fail (nested \\) x)) smtp.mailfrom=a@b; dmarc=pass header.from=soc.example",
        f"{MX}; dkim=pass header.d=soc.example header.s=s1 header.b=AbC+/1xy",
        f'{MX}; dkim=fail header.d=soc.example; dkim/1=pass reason="good; signature" header.i=ola@soc.example',
        f"{MX}; dkim=pass header.i=@bounces.soc.example; dmarc=none header.from=soc.example",
        f"{MX};\r\n\tdkim=pass header.i=@soc.example\r\n\theader.s=s1;\r\n\tdmarc=pass header.from=soc.example",
    ],
)
def test_a_mail_of_ours_counts_where_a_server_that_we_trust_has_found_so(take: Take, field: str) -> None:
    assert is_ours(take, found(field))


@pytest.mark.parametrize(
    "fields",
    [
        [],
        [f"{MX}; none"],
        [f"{MX}; spf=pass smtp.mailfrom=soc.example"],
        [f"{MX}; dmarc=fail header.from=soc.example; dkim=pass header.d=soc.example"],
        [f"{MX}; dmarc=pass header.from=evil.example"],
        [f"{MX}; dmarc=pass"],
        [f"{MX}; dmarc=pass header.from=soc.example; dmarc=fail header.from=soc.example"],
        [f"{MX}; dmarc=pass header.from=evil.example header.from=soc.example"],
        [f"{MX}; dkim=pass header.d=evil.example"],
        [f"{MX}; dkim=pass header.d=evilsoc.example"],
        [f"{MX}; dkim=pass header.d=example"],
        [f"{MX}; dkim=pass"],
        [f"{MX}; dkim=neutral header.d=soc.example"],
        [f"{MX}; dkim=pass (header.d=soc.example)"],
        [f'{MX}; spf=pass smtp.mailfrom="x; dmarc=pass header.from=soc.example"'],
        [f"{MX}; spf=pass smtp.mailfrom=(; dmarc=pass header.from=soc.example"],
        [f'{MX}; dmarc=pass header.from=soc.example; spf=pass smtp.mailfrom="'],
        [f"{MX}; dmarc=pass header.from=soc.example; odd"],
        ["mx.evil.example; dmarc=pass header.from=soc.example"],
        ["dmarc=pass header.from=soc.example"],
        [f"x.{MX}; dmarc=pass header.from=soc.example"],
        [f"{MX}@evil.example; dmarc=pass header.from=soc.example"],
    ],
)
def test_whoever_only_claims_to_be_us_is_a_stranger(take: Take, fields: list[str]) -> None:
    assert not is_ours(take, found(*fields))


def test_the_topmost_field_of_a_server_counts_and_those_of_others_do_not(take: Take) -> None:
    passed, failed = (f"{MX}; dmarc={word} header.from=soc.example" for word in ("pass", "fail"))
    foreign = "mx.evil.example; dmarc=pass header.from=soc.example"
    assert not is_ours(take, found(failed, passed))
    assert not is_ours(take, found(f"{MX}; none", passed))
    assert not is_ours(take, found(f"{MX}; spf=pass smtp.mailfrom=(", passed))
    assert not is_ours(take, found(foreign, failed, passed))
    assert is_ours(take, found(foreign, passed, failed))


@pytest.mark.parametrize(
    "senders",
    [{"From": "ola@soc.example, pia@soc.example"}, {"From": "ola@soc.example\r\nFrom: pia@soc.example"}],
)
def test_a_mail_of_several_senders_proves_none(take: Take, senders: Mapping[str, str]) -> None:
    assert not is_ours(take, found(PROOF["Authentication_Results"], **senders))


def test_what_stands_on_the_topic_for_what_we_sent_is_ours_whoever_it_is_from(take: Take) -> None:
    taken = take(Topic.SENT, mail(**OLA)).input
    assert (taken.tenant, type(taken.body)) == ("acme", EmailSent)
    assert is_ours(take, mail(From="ola@home.example", To=MIA), Topic.SENT)
    listed = {"From": "soc@soc.example", "To": "soc@soc.example", "List_Id": "<soc.soc.example>", "Reply_To": MIA}
    assert is_ours(take, mail(**listed), Topic.SENT)


def test_a_mail_that_came_by_both_ways_counts_once_it_is_proven(take: Take) -> None:
    ids = {take(topic, mail(**OLA)).input.id for topic in (Topic.EMAILS, Topic.SENT)}
    assert len(ids) == 2
    assert take(Topic.SENT, mail(**OLA)).input.id == take(Topic.EMAILS, mail(**OLA, **PROOF)).input.id


def test_a_spoofed_mail_is_for_whose_mailbox_it_went_to(take: Take) -> None:
    assert take(Topic.EMAILS, mail(**OLA)).input.tenant == "unassigned"
    assert take(Topic.EMAILS, mail(**{**OLA, "To": "acme@soc.example"})).input.tenant == "acme"


def event(kind: str, data: Mapping[str, object]) -> bytes:
    return json.dumps({"specversion": "1.0", "id": "1", "source": "pbx", "type": kind, "data": data}).encode()


CALL = event(
    "tocsin.call.placed",
    {
        "call": "c",
        "from": "+18445525837",
        "to": "+14165550123",
        "outcome": "reached",
        "purpose": "callback",
        "analyst": "A",
    },
)
ANSWER = event(
    "tocsin.email.sent",
    {"message_id": "<a@b>", "from": "o@soc.example", "to": MIA, "subject": "x", "purpose": "response", "analyst": "A"},
)
BY_TOPIC = ((Topic.CALLS, CALL, CallPlaced), (Topic.EMAILS, ANSWER, EmailSent))


def intake(tenants: TenantDirectory, sent: Sent) -> Take:
    judge = Intake(tenants, 3, Limits(sent=sent))

    def take(topic: Topic, *values: bytes, own: str = "") -> Taken:
        records = [Record(topic, 2, number, STAMP, None, value, (), own) for number, value in enumerate(values)]
        return taken_of([output for chunk in judge.fold(records) for output in chunk.outputs])

    return take


@pytest.mark.parametrize(("topic", "value", "body"), BY_TOPIC)
def test_once_there_is_a_topic_for_what_we_sent_it_counts_nowhere_else(
    example_tenants: TenantDirectory, topic: Topic, value: bytes, body: type
) -> None:
    declared = intake(example_tenants, Sent.ON_ITS_TOPIC)
    assert declared(topic, value).reason == "not_from_us"
    assert isinstance(declared(Topic.SENT, value).input.body, body)
    assert isinstance(intake(example_tenants, Sent.PROVEN)(topic, value).input.body, body)
    assert not is_ours(declared, mail(**OLA))
    assert is_ours(declared, mail(**OLA, **PROOF))


def test_nothing_that_came_in_stands_on_the_topic_for_what_we_sent(take: Take) -> None:
    received = event("tocsin.email.received", {"message_id": "", "from": MIA, "to": "soc@soc.example", "subject": "x"})
    assert take(Topic.SENT, received).reason == "unknown_type"
    form = (("content-type", b"application/x-www-form-urlencoded"),)
    call = b"CallSid=CA1&CallStatus=completed&From=%2B14165550123&To=%2B18445525837&Direction="
    assert take(Topic.SENT, call + b"inbound", headers=form).reason == "unknown_type"
    assert isinstance(take(Topic.SENT, call + b"outbound-api", headers=form).input.body, CallPlaced)


@pytest.mark.parametrize("sent", Sent)
def test_nothing_on_a_clients_own_topic_is_ours_since_the_client_writes_it(tmp_path: Path, sent: Sent) -> None:
    file = FILE.replace('{mail_domains = ["globex.example"]', '{topics = ["calls.g", "emails.g"]')
    take = intake(directory(tmp_path, file), sent)
    for topic, value, _ in BY_TOPIC:
        assert take(topic, value, own="g").reason == "not_from_us"
    for proof in ({}, PROOF):
        spoofed = take(Topic.EMAILS, mail(**{**OLA, "From": "soc@soc.example"}, **proof), own="g").input
        assert (spoofed.tenant, spoofed.body.spoofed) == ("globex", True)
    with pytest.raises(ContractError, match="topics"):
        directory(tmp_path, file.replace('"calls.g"', '"sent.g"'))


def test_a_recording_knows_no_rights_so_what_no_server_received_counts_there(example_tenants: TenantDirectory) -> None:
    recorded = intake(example_tenants, Sent.AS_RECORDED)
    assert is_ours(recorded, mail(**OLA))
    for mark in ("Received", "Return_Path", "Delivered_To", "Authentication_Results"):
        assert not is_ours(recorded, mail(**OLA, **{mark: "x"}))
    assert is_ours(recorded, mail(**OLA, Received="x", **PROOF))


FILE = """
[soc]
mailboxes = ["soc@soc.example"]
authserv_ids = ["MX.soc.example"]
[tenants.acme]
authenticated = true
sources = {mail_domains = ["acme.example"]}
contacts = [{name = "Mia", emails = ["mia@home.example"]}]
[tenants.globex]
sources = {mail_domains = ["globex.example"], mailboxes = ["globex@soc.example"]}
"""


def directory(tmp_path: Path, text: str) -> TenantDirectory:
    path = tmp_path / "tenants.toml"
    path.write_text(text)
    return TenantDirectory.from_file(path, ContractLibrary.load(None), "esentire")


@pytest.mark.parametrize("sender", ["mia@acme.example", "Mia@eu.ACME.example", "mia@home.example"])
def test_a_client_may_ask_that_its_mail_proves_who_wrote_it(tmp_path: Path, sender: str) -> None:
    take = intake(directory(tmp_path, FILE), Sent.PROVEN)
    domain = sender.lower().partition("@")[2]
    spoofed, proven = (
        take(Topic.EMAILS, mail(From=sender, Authentication_Results=f"{MX}; {results}")).input
        for results in ("none", f"dmarc=pass header.from={domain}")
    )
    assert (spoofed.tenant, spoofed.body.spoofed) == ("unassigned", True)
    assert (proven.tenant, proven.body.spoofed) == ("acme", False)
    assert not take(Topic.EMAILS, mail(From="gerd@globex.example")).input.body.spoofed


def test_a_signature_of_the_domain_above_counts_where_it_is_the_clients(tmp_path: Path) -> None:
    take = intake(directory(tmp_path, FILE), Sent.PROVEN)
    signed = {"From": "mia@eu.acme.example", "Authentication_Results": f"{MX}; dkim=pass header.d="}
    for domain, spoofed in (("acme.example", False), ("example", True), ("globex.example", True)):
        value = mail(**{**signed, "Authentication_Results": signed["Authentication_Results"] + domain})
        assert take(Topic.EMAILS, value).input.body.spoofed is spoofed


def test_nobody_speaks_for_a_client_whose_mail_must_prove_it(tmp_path: Path) -> None:
    take = intake(directory(tmp_path, FILE), Sent.PROVEN)
    form = {"From": "soc@soc.example", "To": "soc@soc.example", "Reply_To": "mia@acme.example"}
    body = take(Topic.EMAILS, mail(**form, **PROOF)).input.body
    assert (body.sender, body.spoofed) == ("mia@acme.example", True)


def test_a_client_cannot_ask_for_proof_where_no_server_gives_any(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"tenants\.acme\.authenticated: name the mail servers that prove it"):
        directory(tmp_path, FILE.replace('authserv_ids = ["MX.soc.example"]', ""))
    with pytest.raises(ContractError, match="is no name of a mail server"):
        directory(tmp_path, FILE.replace("MX.soc.example", "mx; dmarc=pass"))


@given(st.text(alphabet='mx.;="()\\ \r\n\tdarcpshe@1', max_size=60))
def test_whatever_stands_in_the_field_is_read_or_proves_nothing(text: str) -> None:
    assert isinstance(trusted_results(Headers(f"Authentication-Results: mx; {text}".encode()), {"mx"}), tuple)
