"""SMS gateways: Twilio's shape and any other by a template; what is filled in cannot break out."""

import json
from base64 import b64decode
from dataclasses import replace
from urllib.parse import parse_qs

import pytest

from agent.channels import Undelivered
from agent.channels.sms_gateway import (
    FORM,
    Gateway,
    GatewaySettings,
    Twilio,
    TwilioSettings,
    escape_for,
    fill,
    text,
)
from agent.wording import sms
from agent.wording.people import by_link, room
from tests.channels.notices import ASHA, message, sort_of
from tests.channels.servers import web

TO = "+49 170 1234567"
QUEUED = (201, {}, b'{"sid": "SM1", "status": "queued"}')
DEVICE = replace(ASHA, wearer='"Asha" & co: 100% {to} \\')
TEXT = sms(message(TO), DEVICE, by_link(None))


def twilio(far):
    return Twilio(TwilioSettings("AC1", "secret", "+15005550006", far.url, timeout_s=2.0), DEVICE)


async def test_twilio_takes_it():
    async with web(answers=[QUEUED]) as far:
        await twilio(far).deliver(message(TO))
    request = far.came[0]
    assert (request.method, request.path) == ("POST", "/2010-04-01/Accounts/AC1/Messages.json")
    assert b64decode(request.headers["authorization"].removeprefix("Basic ")) == b"AC1:secret"
    assert request.headers["content-type"] == FORM
    assert parse_qs(request.body.decode()) == {
        "To": ["+491701234567"],
        "From": ["+15005550006"],
        "Body": [TEXT],
    }
    assert "secret" not in repr(twilio(far))


@pytest.mark.parametrize(
    ("status", "body", "sort", "words"),
    [
        (
            400,
            b'{"code": 21211, "message": "The \'To\' number is not valid"}',
            "never",
            "number is not valid",
        ),
        (401, b'{"message": "Authenticate"}', "shut", "Authenticate"),
        (404, b"<html>", "shut", "404"),
        (408, b"", "later", "408"),
        (429, b'{"message": "Too Many Requests"}', "later", "Too Many"),
        (500, b"[]", "later", "500"),
        (503, b"[" * 16000, "later", "503"),
        (200, b"<html>please log in</html>", "later", "not as an SMS gateway"),
        (200, b'{"sid": null}', "later", "not as an SMS gateway"),
    ],
)
async def test_twilio_says_no(status, body, sort, words):
    async with web(answers=[(status, {}, body)]) as far:
        with pytest.raises(Undelivered, match=words) as why:
            await twilio(far).deliver(message(TO))
    assert sort_of(why.value) == sort


async def test_no_number_is_never_sent():
    async with web() as far:
        for channel in (twilio(far), Gateway(GatewaySettings(far.url), DEVICE)):
            with pytest.raises(Undelivered, match="country code") as why:
                await channel.deliver(message("0170 1234567"))
            assert not why.value.retry
    assert far.came == []


async def test_any_gateway_by_json():
    async with web() as far:
        settings = GatewaySettings(
            f"{far.url}/send?key=secret",
            body='{"messages": [{"to": "{to}", "text": "{text}", "n": {"x": 1}}]}',
            headers={"Content-type": "application/json", "X-Api": "secret"},
        )
        await Gateway(settings, DEVICE).deliver(message(TO))
    sent = json.loads(far.came[0].body)["messages"][0]
    assert sent == {"to": "+491701234567", "text": TEXT, "n": {"x": 1}}
    assert far.came[0].headers["x-api"] == "secret"
    assert "secret" not in repr(settings)


async def test_any_gateway_by_form_and_by_address():
    async with web() as far:
        form = GatewaySettings(far.url, body="n={to}&t={text}", headers={"Content-Type": FORM})
        await Gateway(form, DEVICE).deliver(message(TO))
        await Gateway(GatewaySettings(f"{far.url}/s/{{to}}?t={{text}}", method="GET"), DEVICE).deliver(
            message(TO)
        )
    posted, got = far.came
    assert parse_qs(posted.body.decode()) == {"n": ["+491701234567"], "t": [TEXT]}
    path, _, query = got.path.partition("?")
    assert (got.method, path) == ("GET", "/s/%2B491701234567")
    assert parse_qs(query) == {"t": [TEXT]}


async def test_any_gateway_says_no():
    async with web(answers=[(422, {}, b"")]) as far:
        with pytest.raises(Undelivered) as why:
            await Gateway(GatewaySettings(far.url, body="{text}"), DEVICE).deliver(message(TO))
    assert not why.value.retry


def test_filling_is_done_once():
    assert fill("{to} {text} {other} {}", {"to": "{text}", "text": "T"}, str) == "{text} T {other} {}"
    assert escape_for({})("a b") == "a b"


@pytest.mark.parametrize("base_url", ["https://asha.tail1234.ts.net", "https://safety.example.org"])
def test_who_only_sends_asks_for_no_reply_but_brings_the_link_in_one_segment(base_url):
    link = f"{base_url}/a/{'x' * 52}"
    said = text(message(TO), ASHA, lambda _: link)
    assert link in said
    assert "mlat=48.13712" in said
    assert room(said) >= 0
    assert "1=going" not in said + text(message(TO), ASHA, lambda _: None) + text(message(TO), ASHA, None)
    assert link not in text(message(TO, kind="resolved"), ASHA, lambda _: link)


def test_a_drill_brings_its_link_even_where_that_leaves_no_room_for_the_place():
    words = "test, asked for by the schedule: no help is needed"
    for base_url in ("https://a.example.org", "https://safety.asha.example.org"):
        link = f"{base_url}/a/{'x' * 52}"
        said = text(message(TO, test=True, reasons=(), text=words), ASHA, lambda _: link)  # noqa: B023
        assert said.startswith("TEST, no help needed: ALARM Asha")
        assert link in said
        assert "1=" not in said
        assert room(said) >= 0
    assert "Seen? Open https://x.org/a/1" in text(message(TO, test=True), ASHA, lambda _: "https://x.org/a/1")


def test_a_link_too_long_for_the_segment_costs_neither_reason_nor_place():
    said = text(message(TO), ASHA, lambda _: "https://x.org/" + "x" * 120)
    assert "scream heard" in said
    assert "mlat=48.13712" in said
    assert room(said) >= 0
