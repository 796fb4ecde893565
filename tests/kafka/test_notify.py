"""Notify before a real broker: whatever is killed, slow or dead, every alert arrives or is known not to have."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from counterparts import Listener
from notified import QUICK, Notify, alert, receipts, say
from patience import until
from workers import Workers

from tocsin.notify.receipts import ACCEPTED
from tocsin.settings import Settings

SECRET = "a-secret-of-sufficient-length"


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Workers]:
    started = Workers(tmp_path)
    yield started
    started.end()


@pytest.fixture
async def siem() -> AsyncIterator[Listener]:
    async with Listener().listening() as listener:
        yield listener


def webhook(name: str, url: str, more: str = QUICK) -> str:
    """A webhook sink of that name."""
    return f'[sinks.{name}]\nkind = "webhook"\nurl = "{url}"\nsecret = {{file = "secret"}}\n{more}\n'


def notify_file(folder: Path, *sinks: str, to: str) -> Path:
    (folder / "secret").write_text(SECRET)
    file = folder / "notify.toml"
    file.write_text("\n".join([*sinks, f"[[routes]]\nto = [{to}]\n"]))
    return file


async def test_alerts_go_to_the_sinks_of_their_routes_and_receipts_say_so(
    settings: Settings, workers: Workers, siem: Listener, tmp_path: Path
) -> None:
    await Notify(workers, settings, notify_file(tmp_path, webhook("siem", siem.url), to='"siem"')).start()
    await say(settings, [alert(f"a{number}") for number in range(20)])
    await until(lambda: len(set(siem.ids)) == 20, "all have arrived")

    async def written() -> bool:
        return {each.data.alert for each in await receipts(settings) if each.type == ACCEPTED} == set(siem.ids)

    await until(written, "each has its receipt")
    assert len(siem.ids) == 20
