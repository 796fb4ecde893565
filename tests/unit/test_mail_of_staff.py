"""Our own staff as a tenant, beside mail that we send."""

from pathlib import Path

import pytest
from tests.unit.taking import PROOF, STAMP, Take, Taken, taken_of
from tests.unit.test_mail_as_it_is import MIA, mail

from tocsin.contracts.library import ContractLibrary
from tocsin.domain.commands.inbound import EmailReceived, EmailSent
from tocsin.messages.intake import Intake
from tocsin.messages.record import Record, Topic
from tocsin.tenants.directory import TenantDirectory

FILE = """
[soc]
mailboxes = ["soc@soc.example"]
mail_domains = ["soc.example"]
authserv_ids = ["mx.soc.example"]
[tenants.acme.sources]
mail_domains = ["acme.example"]
[tenants.house.sources]
mail_domains = ["soc.example"]
"""


@pytest.fixture
def take(tmp_path: Path) -> Take:
    path = tmp_path / "tenants.toml"
    path.write_text(FILE)
    intake = Intake(TenantDirectory.from_file(path, ContractLibrary.load(None), "esentire"), inbox_partitions=3)

    def take(topic: Topic, *values: bytes) -> Taken:
        records = [Record(topic, 2, number, STAMP, None, value, ()) for number, value in enumerate(values)]
        return taken_of([output for chunk in intake.fold(records) for output in chunk.outputs])

    return take


def test_a_colleague_who_writes_to_the_mailbox_is_a_contact(take: Take) -> None:
    taken = take(Topic.EMAILS, mail(From="Bo <bo@soc.example>", To="soc@soc.example", Cc="ann@soc.example")).input
    assert isinstance(taken.body, EmailReceived)
    assert (taken.tenant, taken.body.sender) == ("house", "bo@soc.example")


@pytest.mark.parametrize("sender", ["soc@soc.example", "ola@soc.example"])
def test_an_answer_to_a_colleague_is_an_answer(take: Take, sender: str) -> None:
    taken = take(Topic.EMAILS, mail(From=sender, To="bo@soc.example", Cc="soc@soc.example", **PROOF)).input
    assert isinstance(taken.body, EmailSent)
    assert (taken.tenant, taken.body.automatic) == ("house", False)


def test_an_answer_of_a_colleague_to_a_client_is_the_clients(take: Take) -> None:
    taken = take(Topic.EMAILS, mail(From="ola@soc.example", To=MIA, **PROOF)).input
    assert isinstance(taken.body, EmailSent)
    assert taken.tenant == "acme"
