"""HTTP: yes, later and never are told apart; no redirect, no flood, no secret in words or log."""

import asyncio
import logging
import socket
import sys
import time

import pytest

from agent.channels import Undelivered, http
from agent.channels.http import Call, accept, retry_after_s, send
from tests.channels.notices import sort_of
from tests.channels.servers import listening, web


def call(url, **more):
    return Call(url, b"hello", {"X-Key": "k"}, **({"timeout_s": 2.0} | more))


async def test_all_is_loaded_before_the_first_request(tmp_path):
    http.prepare()
    loaded = set(sys.modules)
    async with web() as far:
        await send(call(far.url))
    assert {name for name in set(sys.modules) - loaded if "http" in name or "anyio" in name} == set()
    with pytest.raises(OSError, match="No such file"):
        http.prepare(str(tmp_path / "missing.pem"))


async def test_an_answer_comes_back_whole():
    async with web(answers=[(201, {}, b"taken")]) as far:
        answer = await send(call(f"{far.url}/hook?token=secret"))
    accept(answer)
    assert (answer.status, answer.body) == (201, b"taken")
    assert far.came[0].body == b"hello"
    assert far.came[0].headers["x-key"] == "k"


@pytest.mark.parametrize(
    ("status", "sort"),
    [
        (400, "never"),
        (401, "shut"),
        (402, "shut"),
        (403, "shut"),
        (404, "shut"),
        (408, "later"),
        (409, "never"),
        (410, "shut"),
        (413, "never"),
        (422, "never"),
        (429, "later"),
        (500, "later"),
        (503, "later"),
    ],
)
async def test_refusals_are_for_now_until_mended_or_for_good(status, sort):
    async with web(answers=[(status, {}, b"no")]) as far:
        with pytest.raises(Undelivered, match=f"HTTP {status}") as why:
            accept(await send(call(far.url)))
    assert sort_of(why.value) == sort


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_no_redirect_is_followed(status):
    async with web() as other, web(answers=[(status, {"Location": other.url}, b"")]) as far:
        with pytest.raises(Undelivered, match="elsewhere") as why:
            accept(await send(call(far.url)))
    assert other.came == []
    assert why.value.retry


async def test_silence_ends_in_time():
    async with web(silent=True) as far:
        began = time.monotonic()
        with pytest.raises(Undelivered, match="no answer within") as why:
            await send(call(far.url, timeout_s=0.1))
    assert why.value.retry
    assert time.monotonic() - began < 1


async def test_an_answer_that_drips_ends_in_time():
    async def drip(reader, writer):
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as port:
        with pytest.raises(Undelivered, match="no answer within"):
            await send(call(f"http://127.0.0.1:{port}", timeout_s=0.2))


async def test_a_flood_is_cut_off():
    async with web(answers=[(200, {}, b"x" * 5_000_000)]) as far:
        answer = await send(call(far.url))
    assert len(answer.body) == http.ANSWER_MOST_BYTES


async def test_half_an_answer_is_none():
    async with web(half=True) as far:
        with pytest.raises(Undelivered, match="cannot be reached") as why:
            await send(call(far.url))
    assert why.value.retry


async def test_nobody_there():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Undelivered, match=r"127\.0\.0\.1 cannot be reached") as why:
            await send(call(f"http://127.0.0.1:{taken.getsockname()[1]}"))
    assert why.value.retry


async def test_names_that_are_not_found_or_hang(monkeypatch):
    def hang(*args, **kwargs):
        time.sleep(0.4)
        raise socket.gaierror(socket.EAI_AGAIN, "try again")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    with pytest.raises(Undelivered, match="no answer within"):
        await send(call("http://far.example", timeout_s=0.1))


@pytest.mark.parametrize(
    "url", ["", "ftp://far.example", "far.example/x", "http://[::1/x", "http://far.example:x/"]
)
async def test_an_address_that_is_none_waits_for_one(url):
    with pytest.raises(Undelivered) as why:
        await send(call(url))
    assert sort_of(why.value) == "shut"


async def test_trust_needs_the_right_authority(tmp_path, certificate):
    async with web(tls=certificate.server) as far:
        answer = await send(call(far.url, ca=certificate.ca))
        assert answer.status == 200
        with pytest.raises(Undelivered, match=r"(?i)certificate") as why:
            await send(call(far.url))
        with pytest.raises(Undelivered, match="cannot be reached"):
            await send(call(far.url, ca=str(tmp_path / "missing.pem")))
    assert why.value.retry, "a board without a clock finds every certificate too young"


async def test_retry_after_is_obeyed_within_reason(monkeypatch):
    monkeypatch.setattr(http, "RETRY_AFTER_MOST_S", 0.15)
    async with web(answers=[(429, {"Retry-After": "3600"}, b"")]) as far:
        began = time.monotonic()
        assert (await send(call(far.url))).status == 429
    assert 0.15 <= time.monotonic() - began < 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, 0), ("5", 5), ("-5", 0), ("soon", 0), ("٣", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0)],
)
def test_retry_after_in_seconds_only(header, seconds):
    assert retry_after_s(header) == seconds


async def test_secrets_stand_in_no_word_and_no_log(caplog):
    caplog.set_level(logging.INFO)
    async with web(answers=[(403, {}, b"secret")]) as far:
        secret = call(f"{far.url}/secret?token=secret")
        with pytest.raises(Undelivered) as why:
            accept(await send(secret))
    assert "secret" not in str(why.value) + repr(secret) + caplog.text


async def test_a_header_that_is_none_is_not_shown():
    async with web() as far:
        with pytest.raises(Undelivered, match="header") as why:
            await send(Call(far.url, b"", {"X-Key": "sec\nret"}))
    assert sort_of(why.value) == "shut"
    assert "sec" not in str(why.value)
    assert why.value.__cause__ is None


async def test_the_environment_sets_no_proxy(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with web() as far:
        assert (await send(call(far.url))).status == 200
