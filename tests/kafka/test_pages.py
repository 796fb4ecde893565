"""Pages to people before a real broker: mail to whoever is on duty, answers by its link, the end told to the paged."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
from letterbox import Mailbox
from notified import QUICK, Notify, alert, receipts, say
from patience import until
from workers import Workers

from tocsin.notify.receipts import ACCEPTED, ANSWERED, ATTEMPTED, FAILED
from tocsin.settings import Settings

KEY = "k" * 40
ROSTER = """
[people.ada]
name = "Ada"
reach = [{via = "mail", to = "ada@soc.example"}]
[people.bob]
name = "Bob"
reach = [{via = "mail", to = "bob@soc.example"}, {via = "mail", to = "bob.home@soc.example", after = "1 h"}]
[[roles.analyst]]
kind = "weekly"
shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "ada"}]
[[roles."shift lead"]]
kind = "weekly"
shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "bob"}]
[[roles.nobody]]
kind = "weekly"
shifts = [{days = "mon-sun", hours = "00:00-24:00", who = "ada"}]
[[leave]]
who = "eve"
from = 2000-01-01
to = 2000-01-02
[people.eve]
name = "Eve"
reach = [{via = "mail", to = "eve@soc.example"}]
"""


def paged(settings: Settings, folder: Path, mailbox: Mailbox, roster: str = ROSTER) -> tuple[Settings, Path]:
    """Settings and notify file of a notify that pages by mail."""
    (folder / "roster.toml").write_text(roster)
    (folder / "answer-key").write_text(KEY)
    file = folder / "notify.toml"
    file.write_text(
        f'[sinks.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {mailbox.port}\nsecurity = "none"\n'
        f'from = "tocsin@soc.example"\nto = ["soc@soc.example"]\n{QUICK}\n'
        '[[routes]]\nkinds = ["escalated"]\nto = ["roster"]\n[pages]\ngive_up_after = "3 s"\nreread = "1 s"\n'
    )
    update = {
        "roster_file": folder / "roster.toml",
        "answer_url": "http://127.0.0.1/",
        "answer_port": 0,
        "answer_key_file": folder / "answer-key",
    }
    return settings.model_copy(update=update), file


def page(name: str, role: str, incident: str = "t1", **more: Any) -> tuple[bytes, bytes]:
    about = {"kind": "escalated", "role": role, "ticket": incident, "number": f"ACME-{incident}"}
    return alert(name, incident=incident, **about, deadline="2026-03-01T09:20:00Z", **more)


async def answer(notify: Notify, token: str, method: str = "POST") -> tuple[int, str]:
    address = re.findall(r"answers_taken\s.*address=(\S+)", notify.process.text)[-1]
    async with aiohttp.ClientSession() as client, client.request(method, f"{address}/answer/{token}") as answered:
        return answered.status, await answered.text()


async def told_of(settings: Settings, name: str) -> list[tuple[str, str | None, str | None, int | None]]:
    """What the receipts of that alert say: kind, person, reason, ways left."""
    found = [each for each in await receipts(settings) if each.data.alert == name]
    return [(each.type, each.data.person, each.data.reason, each.data.ways_left) for each in found]


async def test_a_page_goes_to_whoever_is_on_duty_and_is_answered_by_its_link_once(
    settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(settings, tmp_path, mailbox)
    notify = await Notify(workers, settings, file).start()
    await say(settings, [page("a1", "analyst")])
    await until(lambda: mailbox.to("ada"), "ada was paged")
    [mail] = mailbox.mails
    assert mail.subject == "[P1 ACME-t1] Page for Ada, analyst, until Sun 09:20 (UTC): About a1"
    for method in ("GET", "HEAD"):
        assert (await answer(notify, mail.token, method))[0] == 200  # as a mail scanner does
    assert ANSWERED not in [each.type for each in await receipts(settings)]
    assert "Taken: ACME-t1" in (await answer(notify, mail.token))[1]
    assert "Already taken" in (await answer(notify, mail.token))[1]
    assert (await answer(notify, mail.token[:-2]))[0] == 404
    answers = [each for each in await receipts(settings) if each.type == ANSWERED]
    assert [(each.tenant, each.data.by, each.data.ticket) for each in answers] == [("acme", "ada", "t1")]
    assert await told_of(settings, "a1") == [
        (ATTEMPTED, "ada", None, None),
        (ACCEPTED, "ada", None, None),
        (ANSWERED, "ada", None, None),
    ]
    [accepted] = [each for each in await receipts(settings) if each.type == ACCEPTED]
    assert (accepted.data.page, accepted.data.role, len(accepted.data.roster or "")) == (True, "analyst", 64)


async def test_the_next_way_is_tried_at_once_when_one_fails_and_the_last_failure_says_that_nobody_was_reached(
    settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(settings, tmp_path, mailbox)
    mailbox.refuses = {"bob@soc.example"}
    await Notify(workers, settings, file).start()
    await say(settings, [page("a1", "shift lead")])
    await until(lambda: mailbox.to("bob.home"), "the second way was tried, long before its hour")
    mailbox.refuses = {"bob@soc.example", "bob.home@soc.example"}
    await say(settings, [page("a2", "shift lead", "t2"), page("a3", "cook", "t3")])

    async def failures() -> bool:
        return {"a2", "a3"} <= {it.data.alert for it in await receipts(settings) if it.data.ways_left == 0}

    await until(failures, "it was written down that nobody was reached")
    assert await told_of(settings, "a2") == [
        (ATTEMPTED, "bob", None, None),
        (FAILED, "bob", "refused", 1),
        (ATTEMPTED, "bob", None, None),
        (FAILED, "bob", "refused", 0),
    ]
    assert await told_of(settings, "a3") == [(FAILED, None, "nobody_on_duty", 0)]


async def test_those_who_were_paged_hear_that_it_is_over_and_who_took_it_needs_no_telling(
    settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(settings, tmp_path, mailbox)
    notify = await Notify(workers, settings, file).start()
    await say(settings, [page("a1", "analyst"), page("a2", "shift lead")])
    await until(lambda: mailbox.to("ada") and mailbox.to("bob"), "both were paged")
    await answer(notify, mailbox.to("bob")[0].token)
    await say(settings, [alert("a3", "acknowledge", "t1"), alert("a4", "resolve", "t1")])
    await until(lambda: len(mailbox.to("bob")) == 2 and len(mailbox.to("ada")) == 3, "the end was told")
    assert [mail.subject.partition(":")[0] for mail in mailbox.to("ada")[1:]] == [
        "[P1 acme] cleared (taken)",
        "[P1 acme] cleared (over)",
    ]
    assert "(over)" in mailbox.to("bob")[1].subject
    assert not mailbox.to("bob.home")
    assert "Nothing to take" in (await answer(notify, mailbox.to("ada")[0].token))[1]


async def test_killed_and_started_again_it_pages_nobody_twice_and_goes_on_where_it_was(
    settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(settings, tmp_path, mailbox)
    notify = await Notify(workers, settings, file).start()
    await say(settings, [page("a1", "shift lead"), page("a2", "analyst", "t2")])

    async def written() -> bool:
        return len([it for it in await receipts(settings) if it.type == ACCEPTED]) == 2

    await until(written, "both were paged, and the second way of one is to come")
    notify.process.kill()
    mailbox.refuses = {"bob@soc.example", "ada@soc.example"}  # whoever were paged again would be refused
    await notify.start()
    await say(settings, [page("a3", "analyst", "t3"), alert("a4", "resolve", "t1")])

    async def over() -> bool:
        return {"a3", "a4"} <= {it.data.alert for it in await receipts(settings) if it.type == FAILED}

    await until(over, "the new page and the end of the old one were tried")
    assert sorted(mail.to for mail in mailbox.mails) == ["ada@soc.example", "bob@soc.example"]


async def test_a_new_roster_counts_and_a_bad_one_is_told_and_changes_nothing(
    settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(settings, tmp_path, mailbox)
    notify = await Notify(workers, settings, file).start()
    (tmp_path / "roster.toml").write_text("people = 3")
    await until(lambda: "the roster is refused" in notify.process.get("/readyz")[1], "the bad one was told")
    assert notify.metric("tocsin_notify_roster_valid") == 0
    await say(settings, [page("a1", "analyst")])
    await until(lambda: mailbox.to("ada"), "the last valid one is in force")
    (tmp_path / "roster.toml").write_text(ROSTER.replace('24:00", who = "ada"', '24:00", who = "eve"'))
    await until(lambda: "the roster is refused" not in notify.process.get("/readyz")[1], "the new one is in force")
    await say(settings, [page("a2", "analyst", "t2")])
    await until(lambda: mailbox.to("eve"), "the new one counts")


async def test_of_two_that_share_the_work_one_goes_on_with_the_pages_of_the_other_that_was_killed(
    settings: Settings, workers: Workers, mailbox: Mailbox, tmp_path: Path
) -> None:
    settings, file = paged(settings, tmp_path, mailbox, ROSTER.replace('after = "1 h"', 'after = "10 s"'))
    first = await Notify(workers, settings, file).start()
    await Notify(workers, settings, file).start()
    names = [f"a{number}" for number in range(12)]
    await say(settings, [page(name, "shift lead", name) for name in names])

    async def accepted(way: int) -> set[str]:
        """The alerts of which that many ways were accepted."""
        told = [each.data for each in await receipts(settings) if each.type == ACCEPTED]
        return {name for name in names if len({each.way for each in told if each.alert == name}) >= way}

    async def all_accepted(way: int) -> bool:
        return len(await accepted(way)) == len(names)

    await until(partial(all_accepted, 1), "each was paged by its first way")
    first.process.kill()
    await until(partial(all_accepted, 2), "each was paged by its second way")
    named = [name for mail in mailbox.to("bob") for name in set(re.findall(r"\ba\d+\b", mail.text))]
    assert sorted(named) == sorted(names), "each once, some perhaps in a digest"
