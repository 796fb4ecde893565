"""The registry of what comes in: a declaration for each message, and nothing to remember beside it."""

from typing import get_args

import pytest
from msgspec import structs

from tocsin.domain.commands.desk import DeskCommand
from tocsin.domain.commands.fields import help_of
from tocsin.domain.commands.inbound import BODIES, CallPlaced, EmailSent, SwitchRules, Tick
from tocsin.domain.contract.evidence import BUILT_IN
from tocsin.domain.vocabulary import Channel
from tocsin.messages.record import INPUT_TOPICS, Topic
from tocsin.messages.registry import DATA, EVENTS

MODELS = {data.makes: data for kinds in DATA.values() for data in kinds}


def test_every_body_comes_in_by_one_topic_but_those_that_stand_in_the_inbox_alone() -> None:
    told = [data.makes.TYPE for topic, kinds in DATA.items() if topic is not Topic.SENT for data in kinds]
    assert sorted(told) == sorted(set(BODIES) - {Tick.TYPE, SwitchRules.TYPE})


def test_the_topic_for_what_we_sent_takes_that_alone_and_as_the_others_do() -> None:
    assert all(EVENTS[Topic.SENT][kind] is not None for kind in ("tocsin.call.placed", "tocsin.email.sent"))
    assert {data.makes for data in DATA[Topic.SENT]} == {CallPlaced, EmailSent}


def test_every_input_topic_takes_something() -> None:
    assert set(EVENTS) == set(INPUT_TOPICS)


@pytest.mark.parametrize("command", get_args(DeskCommand))
def test_the_model_of_a_desk_command_has_its_fields_and_says_the_same_of_them(command: type[DeskCommand]) -> None:
    model = MODELS[command].model_fields
    fields = {field.name: field for field in structs.fields(command)}
    assert {name: field.description for name, field in model.items()} == {
        name: help_of(field.type) for name, field in fields.items()
    }
    assert {name for name, field in model.items() if field.is_required()} == {
        name for name, field in fields.items() if field.required
    }


@pytest.mark.parametrize("command", get_args(DeskCommand))
def test_every_text_of_a_desk_command_has_its_limits(command: type[DeskCommand]) -> None:
    schema = MODELS[command].model_json_schema()["properties"]
    texts = [field for field in schema.values() if field["type"] == "string"]
    assert all("pattern" in field and "maxLength" in field for field in texts)


def test_every_contact_of_a_client_has_a_channel_by_which_people_ask_and_begins_an_episode() -> None:
    contacts = [evidence for evidence in BUILT_IN.values() if evidence.channel]
    assert all(evidence.channel and evidence.channel.by_persons and evidence.begins for evidence in contacts)
    assert {channel for channel in Channel if channel.by_persons} - {evidence.channel for evidence in contacts} == {
        Channel.WEB  # a request in the portal or on the web is one and the same
    }
