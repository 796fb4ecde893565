"""The gateway before a real broker and a real worker: what was acknowledged is in the log, once, whoever is killed."""

import asyncio
import base64
import hmac
import json
import re
import smtplib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from functools import partial
from hashlib import sha1
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
from patience import until
from workers import Worker, Workers, committed, contents

from tocsin.messages.record import Topic
from tocsin.settings import Settings
from tocsin.streams.kafka import topics

RUN = ("-c", "import tocsin.cli; tocsin.cli.main(['run'])")
GATEWAY = ("-c", "import tocsin.cli; tocsin.cli.main(['gateway'])")
TWILIO = {
    "TOCSIN_GATEWAY_TWILIO_TOKEN": "secret-of-the-account",
    "TOCSIN_GATEWAY_TWILIO_URL": "https://soc.example/twilio/voice",
}
ANY_PORT = {"TOCSIN_GATEWAY_HTTP_PORT": "0", "TOCSIN_GATEWAY_MAIL_PORT": "0"}
EXAMPLE = str(files("tocsin.tenants").joinpath("tenants.example.toml"))
OWN_TOPICS = ("soc.security-events.acme",)
"""Of the tenants in the example."""

MESSAGES = 10_000


class Gateway:
    """A gateway process and its addresses."""

    def __init__(self, process: Worker) -> None:
        self.process = process
        self.http = ""
        self.mail = ""
        self.sent = ""

    @classmethod
    async def started(cls, workers: Workers, settings: Settings, **environment: str) -> "Gateway":
        gateway = cls(workers.start(settings, *GATEWAY, **ANY_PORT, **environment))
        await until(gateway._is_there, "the gateway listens")
        return gateway

    def _is_there(self) -> bool:
        assert self.process.process.poll() is None, self.process.text
        found = re.search(r"http=(\S+) mail=smtp://(\S+)", self.process.text)
        if found:
            self.http, self.mail = found.groups()
            self.sent = "".join(re.findall(r"sent=smtp://(\S+)", self.process.text))
        return found is not None


def post_mail(
    place: str, sender: str = "Zed <zed@globex.example>", to: str = "soc@soc.example", answers: str = ""
) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, to
    mail["Subject"], mail["Message-ID"] = "It burns", f"<burns-{sender[0]}@globex.example>"
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content("Help.")
    host, port = place.split(":")
    with smtplib.SMTP(host, int(port)) as server:
        server.send_message(mail)


def missed_call() -> tuple[bytes, dict[str, str]]:
    """A status callback of Twilio for a call that was missed 25 minutes ago, and its signature."""
    form = {
        "CallSid": "CA1",
        "CallStatus": "no-answer",
        "Direction": "inbound",
        "From": "+14165550123",
        "To": "+18445525837",
        "Timestamp": format_datetime(datetime.now(UTC) - timedelta(minutes=25)),
    }
    signed = TWILIO["TOCSIN_GATEWAY_TWILIO_URL"] + "".join(name + form[name] for name in sorted(form))
    made = hmac.new(TWILIO["TOCSIN_GATEWAY_TWILIO_TOKEN"].encode(), signed.encode(), sha1).digest()
    headers = {
        "X-Twilio-Signature": base64.b64encode(made).decode(),
        "Content-Type": "application/x-www-form-urlencoded",
    }
    return urlencode(form).encode(), headers


async def test_a_mail_an_alert_and_a_missed_call_go_from_the_socket_to_what_is_told(
    settings: Settings, workers: Workers
) -> None:
    settings = settings.model_copy(update={"tenants_file": Path(EXAMPLE)})
    await topics.create(settings, OWN_TOPICS)
    worker = workers.start(settings, *RUN)
    gateway = await Gateway.started(workers, settings, **TWILIO)
    await worker.ready()
    alert = {"receiver": "soc", "status": "firing", "groupLabels": {}, "alerts": [_firing()]}
    call, headers = missed_call()
    async with aiohttp.ClientSession(gateway.http) as client:
        async with client.post("/security-events?tenant=acme", json=alert) as answer:
            assert answer.status == 200
        async with client.post("/twilio/voice", data=call, headers=headers) as answer:
            assert answer.status == 200
    await asyncio.to_thread(post_mail, gateway.mail)

    async def told() -> bool:
        alerts = [it["data"] for it in contents(await committed(settings, Topic.ALERTS))]
        return {("acme", "detection"), ("acme", "callback_overdue")} <= {(it["tenant"], it["kind"]) for it in alerts}

    async def opened() -> bool:
        """No promise for a mail is broken so soon: its ticket is there."""
        return any(b"It burns" in record.value for record in await committed(settings, Topic.TICKET_EVENTS))

    await until(told, "the alert and the call were told")
    await until(opened, "the mail has its ticket")


async def test_our_answer_counts_by_the_port_for_what_we_sent_and_by_no_other(
    settings: Settings, workers: Workers
) -> None:
    settings = settings.model_copy(update={"tenants_file": Path(EXAMPLE), "sent_topic": True})
    await topics.create(settings, OWN_TOPICS)
    worker = workers.start(settings, *RUN)
    gateway = await Gateway.started(workers, settings, TOCSIN_GATEWAY_SENT_PORT="0")
    await worker.ready()

    async def journal() -> list[tuple[str, str]]:
        events = contents(await committed(settings, Topic.TICKET_EVENTS))
        return [
            (it["type"], it["number"]) for it in events if it["type"] in ("TicketOpened", "SenderDoubted", "WorkDone")
        ]

    async def became(count: int) -> bool:
        return len(await journal()) == count

    await asyncio.to_thread(post_mail, gateway.mail, "Gerd <gerd@globex.example>")
    await until(partial(became, 1), "the mail has its ticket")
    ours = ("Ola <ola@soc.example>", "gerd@globex.example", "<burns-G@globex.example>")
    await asyncio.to_thread(post_mail, gateway.mail, *ours)
    await until(partial(became, 3), "whoever claims to be us has a ticket")
    await asyncio.to_thread(post_mail, gateway.sent, *ours)
    await until(partial(became, 4), "the answer is known")
    first, second = "GLOBEX-000001", "UNASSIGNED-000001"
    opened = [("TicketOpened", first), ("TicketOpened", second)]
    assert sorted(await journal()) == sorted([*opened, ("SenderDoubted", second), ("WorkDone", first)])


def _firing() -> dict[str, Any]:
    return {
        "status": "firing",
        "labels": {"alertname": "Beaconing", "severity": "critical", "instance": "web-1"},
        "annotations": {"summary": "web-1 calls home"},
        "startsAt": "2026-03-01T09:00:00Z",
        "fingerprint": "f1",
    }


async def test_killed_in_the_middle_of_ten_thousand_each_acknowledged_one_is_there(
    settings: Settings, workers: Workers
) -> None:
    gateway = await Gateway.started(workers, settings)
    acknowledged: set[str] = set()
    waiting = [f"{number}" for number in range(MESSAGES)]

    async def sender(client: aiohttp.ClientSession) -> None:
        while waiting:
            name = waiting.pop()
            async with client.post("/security-events", json={"id": name}) as answer:
                if answer.status == 200:
                    acknowledged.add(name)
            if len(acknowledged) == MESSAGES // 2 and gateway.process.process.poll() is None:
                gateway.process.kill()

    async with aiohttp.ClientSession(gateway.http) as client:
        await asyncio.gather(*(sender(client) for _ in range(50)), return_exceptions=True)
    assert len(acknowledged) >= MESSAGES // 2
    there = [json.loads(record.value)["id"] for record in await committed(settings, Topic.SECURITY_EVENTS)]
    assert acknowledged <= set(there)
    assert len(there) == len(set(there))
    again = await Gateway.started(workers, settings)
    rest = sorted(set(map(str, range(MESSAGES))) - acknowledged)
    async with aiohttp.ClientSession(again.http) as client:
        for name in rest[:100]:
            async with client.post("/security-events", json={"id": name}) as answer:
                assert answer.status == 200
