"""Apprise: what it says is passed on; without it, or with a wrong URL, the cure is named."""

import asyncio
import sys
from types import SimpleNamespace

import pytest

from agent.channels import Undelivered
from agent.channels.apprise import Apprise
from tests.channels.notices import ASHA, message, sort_of
from tests.channels.servers import web

URL = "tgram://secret-token/42"


@pytest.fixture
def library(monkeypatch):
    """A stand-in that understands `tgram:` and answers as told."""
    told = SimpleNamespace(taken=True, hangs_s=0.0, sent=[])

    class Service:
        def add(self, url):
            return url.startswith("tgram:")

        async def async_notify(self, **words):
            await asyncio.sleep(told.hangs_s)
            told.sent.append(words)
            return told.taken

    monkeypatch.setitem(sys.modules, "apprise", SimpleNamespace(Apprise=Service))
    return told


async def test_a_letter_is_handed_over(library):
    await Apprise(URL, ASHA).deliver(message())
    assert library.sent[0]["title"] == "ALARM: Asha may need help"
    assert "scream heard" in library.sent[0]["body"]


async def test_its_link_goes_along(library):
    await Apprise(URL, ASHA, lambda _: "https://far.example/a/1").deliver(message())
    assert "I am going: tell the others:\nhttps://far.example/a/1" in library.sent[0]["body"]


async def test_no_is_told(library):
    library.taken = False
    with pytest.raises(Undelivered, match="did not take it") as why:
        await Apprise(URL, ASHA).deliver(message())
    assert why.value.retry


async def test_silence_ends_in_time(library):
    library.hangs_s = 60
    with pytest.raises(Undelivered, match="no answer") as why:
        await Apprise(URL, ASHA, timeout_s=0.05).deliver(message())
    assert why.value.retry


async def test_a_url_that_is_none(library):
    with pytest.raises(Undelivered, match="understands") as why:
        await Apprise("secret", ASHA).deliver(message())
    assert sort_of(why.value) == "shut"
    assert "secret" not in str(why.value) + repr(Apprise(URL, ASHA))


async def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(Undelivered, match="missing") as why:
        await Apprise(URL, ASHA).deliver(message())
    assert why.value.cure == "install distress-agent[apprise]"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
async def test_the_true_library_if_it_is_here():
    pytest.importorskip("apprise", reason="Apprise is not installed (extra `apprise`)")
    async with web() as far:
        await Apprise(far.url.replace("http:", "json:"), ASHA).deliver(message())
    assert b"ALARM: Asha may need help" in far.came[0].body
