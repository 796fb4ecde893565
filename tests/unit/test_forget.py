"""`tocsin forget --dry-run`: whatever a person was put into, it is found; and what cannot hold one is none."""

import base64
import html
import json
import quopri
import urllib.parse
from collections.abc import Callable
from email.header import Header
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.test_mail_hostile import EDITS, SAMPLE

from tocsin.domain.commands.inbound import BODIES
from tocsin.domain.events.base import BaseEvent
from tocsin.domain.instant import DAY
from tocsin.forgetting.person import person
from tocsin.forgetting.places import Mention, mentions
from tocsin.forgetting.search import Search
from tocsin.messages.record import Headers, Record, Topic
from tocsin.settings import Settings


def _wide(text: str) -> str:
    """In the wide forms of letters and digits that East Asian keyboards write."""
    return "".join(each if each == " " else chr(ord(each) + 0xFEE0) for each in text)


NUMBER, ADDRESS, NAME = "+14165550100", "jane.roe@acme.example", "Jané Roe"
EVERYBODY = [person(NUMBER), person(ADDRESS), person(NAME)]
WRITTEN = {
    NUMBER: (
        *("+14165550100", "(416) 555-0100", "1-416-555-0100", "+1.416.555.0100", "0014165550100", "416 555 0100"),
        *(
            "tel:+1-416-555-0100",
            "sip:+14165550100@pbx.example",
            _wide("+14165550100"),
            "٤١٦٥٥٥٠١٠٠",
            "416\u200b5550100",
        ),
        *("+1\u2013416\u2013555\u20130100", "+14165550100;ext=22", "9 1 416 555 0100"),
    ),
    ADDRESS: (
        *("jane.roe@acme.example", "Jane.Roe@ACME.example", "<jane.roe@acme.example>", "jane.roe+x@acme.example"),
        *(
            "mailto:jane.roe@acme.example?subject=x",
            "bounces-jane.roe=acme.example@list.example",
            '"jane.roe"@acme.example',
        ),
        *("jane\u00ad.roe@acme.example", "see jane.roe@acme.example."),
    ),
    NAME: (
        *("Jané Roe", "JANE ROE", "Roe, Jane", "jane  roe", "Jane\nRoe", "jane_roe", "Jane M. Roe", "Jane\u0301 Roe"),
        *(_wide("Jane Roe"), "Ja\u200dne Roe", "JaneRoe"),
    ),
}
EVERY_SPELLING = [(who, spelt) for who, spellings in WRITTEN.items() for spelt in spellings]


def record(value: bytes | None, topic: Topic = Topic.EMAILS, key: bytes | None = None, headers: Headers = ()) -> Record:
    return Record(topic, 0, 7, 1_000, key, value, headers)


def found(value: bytes, who: str) -> list[Mention]:
    return [each for each in mentions(record(value), EVERYBODY) if who in each.persons]


@pytest.mark.parametrize(("who", "spelt"), EVERY_SPELLING, ids=ascii)
def test_a_person_is_found_however_they_are_written(who: str, spelt: str) -> None:
    places = found(json.dumps({"data": {"note": f"call {spelt} back"}}).encode(), who)
    assert [(each.part, each.field) for each in places] == [("value", "data.note")]


@pytest.mark.parametrize(
    ("who", "other"),
    [
        *((NUMBER, "+14165550101"), (NUMBER, "416555010"), (NUMBER, "+141655501009")),
        *((ADDRESS, "jane@acme.example"), (ADDRESS, "jane.roe@acme-example"), (ADDRESS, "jane.roe@acme.examples")),
        *((NAME, "Jane Roebuck"), (NAME, "Jane"), (NAME, "Mary-Jane and Mr Roe")),
    ],
)
def test_somebody_else_is_not(who: str, other: str) -> None:
    assert found(json.dumps({"data": {"note": other}}).encode(), who) == []


def _fields(kind: type[msgspec.Struct]) -> list[str]:
    return [field.encode_name for field in msgspec.structs.fields(kind)]


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, body in BODIES.items() for field in _fields(body)])
def test_a_person_is_found_in_every_field_of_every_input(kind: str, field: str) -> None:
    value = json.dumps({"type": kind, "data": {field: [f"to {ADDRESS} and {NUMBER}"]}}).encode()
    for who in (ADDRESS, NUMBER):
        assert [(each.part, each.field) for each in found(value, who)] == [("value", f"data.{field}")]


def _events(kind: type[BaseEvent] = BaseEvent) -> list[type[BaseEvent]]:
    below = kind.__subclasses__()
    return below + [event for each in below for event in _events(each)]


PERSONAL = sorted({name for event in _events() for name in event.PERSONAL})


@pytest.mark.parametrize("field", PERSONAL)
def test_what_the_journal_says_of_persons_is_found_and_can_be_taken_out_of_an_export(field: str) -> None:
    value = json.dumps({"number": "ACME-1", "data": {}, "persons": {"salt": "0", field: NAME}}).encode()
    [place] = Search(EVERYBODY, Settings()).places([record(value, Topic.TICKET_EVENTS)], lambda _: None)
    assert (place.field, place.ticket) == (f"persons.{field}", "ACME-1")
    assert "`persons` can be taken out" in place.removal
    assert place.kept_until == 1_000 + 400 * DAY
    kept = json.dumps({"data": {field: NAME}, "persons": {}}).encode()
    [covered] = Search(EVERYBODY, Settings()).places([record(kept, Topic.TICKET_EVENTS)], lambda _: None)
    assert "the hash chain covers it" in covered.removal


def test_it_is_found_in_keys_and_in_names_and_values_of_headers() -> None:
    headers = (("x-caller", b"+1 416 555 0100"), (f"x-{ADDRESS}", b""))
    places = list(mentions(record(None, key=f"caller/acme/{NUMBER}".encode(), headers=headers), EVERYBODY[:2]))
    assert [(each.part, each.persons) for each in places] == [
        ("key", (NUMBER,)),
        ("header x-caller", (NUMBER,)),
        ("header", (ADDRESS,)),
    ]


# ---- encodings, one within another

Encoding = Callable[[str], str]


def _entities(text: str) -> str:
    return "".join(f"&#{ord(each)};" for each in text)


def _escaped(text: str) -> str:
    return "".join(f"\\u{ord(each):04x}" for each in text)


def _percent(text: str) -> str:
    return "".join(f"%{each:02X}" for each in text.encode())


def _quoted(text: str) -> str:
    return quopri.encodestring(text.encode(), quotetabs=True).decode()


def _all_quoted(text: str) -> str:
    return "=\n".join(f"={each:02x}" for each in text.encode())


def _base64(text: str) -> str:
    return base64.encodebytes(
        f"Dear all, please ring {text} today; it is about the alarm of this night.".encode()
    ).decode()


def _url_base64(text: str) -> str:
    return base64.urlsafe_b64encode(f"a person: {text}".encode()).decode().rstrip("=")


def _utf_16(text: str) -> str:
    return base64.b64encode(text.encode("utf-16-le")).decode()


def _word_b(text: str) -> str:
    return f"=?utf-8?B?{base64.b64encode(text.encode()).decode()}?="


def _word_q(text: str) -> str:
    return "=?utf-8?q?" + "".join(f"={each:02X}" for each in text.encode()) + "?="


ENCODINGS: dict[str, Encoding] = {
    "JSON within JSON": lambda text: json.dumps({"inner": text}),
    "escapes": _escaped,
    "form": urllib.parse.quote_plus,
    "percent": _percent,
    "HTML": html.escape,
    "entities": _entities,
    "quoted-printable": _quoted,
    "all quoted, a line each": _all_quoted,
    "base64": _base64,
    "base64 of URLs": _url_base64,
    "UTF-16 in base64": _utf_16,
    "encoded word, B": _word_b,
    "encoded word, Q": _word_q,
}
LAYERS = st.lists(st.sampled_from(sorted(ENCODINGS)), min_size=1, max_size=3)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("who", WRITTEN)
def test_no_encoding_hides_a_person(encoding: str, who: str) -> None:
    hidden = ENCODINGS[encoding](f"{who}")
    assert found(json.dumps({"title": f"see {hidden} now"}).encode(), who), hidden
    assert found(f"<134>Oct 11 sensor[1]: {hidden}".encode(), who), hidden


def test_a_word_behind_wrapped_base64_hides_nobody() -> None:
    inner = _base64(_wide(NUMBER)).rstrip("=\n")
    assert len(inner.split()) == 2, "the number stands across two lines"
    assert found(f"note: please ring {inner}\n today".encode(), NUMBER)


def test_base64_that_is_all_capitals_is_read() -> None:
    hidden = _utf_16(_escaped("JaneRoe"))
    assert hidden.isupper()
    assert found(f"note: {hidden}".encode(), NAME)


@given(LAYERS, st.sampled_from(EVERY_SPELLING), st.booleans())
def test_nor_does_one_within_another(layers: list[str], written: tuple[str, str], as_json: bool) -> None:
    who, text = written
    for layer in layers:
        text = ENCODINGS[layer](text)
    assert found(json.dumps({"note": text}).encode() if as_json else f"note: {text}".encode(), who), text


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16", "utf-7", "gb18030", "iso-2022-jp", "koi8-r"])
@pytest.mark.parametrize("encoding", ["base64", "quoted-printable", "8bit"])
def test_a_person_is_found_in_the_parts_of_a_mail_in_its_character_set(charset: str, encoding: str) -> None:
    name = {"gb18030": "王小明", "iso-2022-jp": "山田太郎", "koi8-r": "Иван Петров"}.get(charset, "Jané Roe")
    text = f"Ring {name} at (416) 555-0100, or write to jane.roe@acme.example."
    encoded = {"base64": base64.encodebytes, "quoted-printable": quopri.encodestring}.get(encoding, bytes)
    body = encoded(text.encode(charset))
    mail = (
        (
            f'Subject: a mail\r\nFrom: x@y.example\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
            f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
        ).encode()
        + body
        + b"\r\n--b--\r\n"
    )
    persons = [person(name), *EVERYBODY[:2]]
    seen = {who for each in mentions(record(mail), persons) for who in each.persons}
    assert seen == {each.written for each in persons}


def test_a_person_is_found_in_a_mail_within_a_mail_in_headers_and_where_it_was_cut_off() -> None:
    inner = MIMEText(f"{NAME}, {NUMBER}", "plain", "utf-8")
    inner["From"] = Header(NAME, "utf-8").encode() + f" <{ADDRESS}>"
    outer = MIMEMultipart()
    outer["Subject"] = Header(f"Anruf von {NAME}", "iso-8859-1").encode()
    outer.attach(MIMEText(base64.encodebytes(inner.as_bytes()).decode(), "rfc822-headers"))
    whole = outer.as_bytes()
    assert ("value", "header subject") in [(each.part, each.field) for each in found(whole, NAME)]
    assert all(found(whole, who) for who in (NAME, NUMBER, ADDRESS))
    body = MIMEText(f"first line\n{NAME} {ADDRESS} {NUMBER}\n" + "more\n" * 100, "plain", "utf-8").as_bytes()
    cut = body[: len(body) - 150]
    assert all(found(cut, who) for who in (NAME, NUMBER, ADDRESS))


@given(EDITS, st.binary(max_size=200))
def test_whatever_the_bytes_are_they_are_read_to_their_end(edits: list[tuple[int, int, bytes]], noise: bytes) -> None:
    mail = bytearray(SAMPLE)
    for start, length, piece in edits:
        mail[start : start + length] = piece
    assert found(bytes(mail) + noise + f"\r\n{ADDRESS}".encode(), ADDRESS)
    assert found(noise + b"\n" + ADDRESS.encode(), ADDRESS)


@pytest.mark.parametrize(
    "piece", [b"a", b"aB", b"=", b"=?", b"%41", b"&#65;", b"\\u0041", b"aB3 ", b"\xff", b'{"a":', b"["]
)
def test_what_a_stranger_repeats_a_hundred_thousand_times_costs_no_more_than_its_length(piece: bytes) -> None:
    assert found(piece * 20_000 + b" " + ADDRESS.encode(), ADDRESS)


def test_both_values_of_a_name_that_stands_twice_are_looked_at() -> None:
    assert [each.field for each in found(b'{"from": "jane.roe@acme.example", "from": "x"}', ADDRESS)] == ["from"]


def test_what_else_a_contact_is_known_by_is_said() -> None:
    state = {
        "name": "acme",
        "contacts": [{"name": "Jane Roe", "phones": [NUMBER], "emails": [ADDRESS]}, {"name": "Bo"}],
    }
    search = Search([person(NUMBER)], Settings())
    list(search.places([record(json.dumps(state).encode(), Topic.TENANTS, b"tenant/acme")], lambda _: None))
    assert list(search.others) == ["Jane Roe", ADDRESS]


@pytest.mark.parametrize("written", ["", "x", "@", "12", "+", "?", " "])
def test_what_is_too_short_to_look_for_is_refused(written: str) -> None:
    if written == "@":
        return
    with pytest.raises(ValueError, match="too short"):
        person(written)
