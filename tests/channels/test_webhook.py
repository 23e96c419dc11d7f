"""Webhook: the signature verifies as docs/webhook.md says, every try has the same key, CAP follows up."""

import base64
import hashlib
import hmac
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent.channels import Undelivered
from agent.channels.webhook import CapSettings, CapWebhook, Webhook, WebhookSettings, signed
from agent.core.notice import Reason
from agent.wording import alert
from tests.channels.cap_rules import SPACE, check
from tests.channels.notices import ASHA, ID, WALL, message
from tests.channels.servers import web

SECRET = "a shared secret of 32 characters"
SOS = (Reason("sos", 12.0, "SOS: she asked for help"),)


def settings(far, **more):
    return WebhookSettings(f"{far.url}/hook", SECRET, timeout_s=2.0, **more)


async def test_the_body_is_signed_with_its_time():
    async with web() as far:
        await Webhook(settings(far, headers={"X-Own": "1"}), ASHA).deliver(message(wall=WALL + 2))
    request = far.came[0]
    assert request.headers["content-type"] == "application/json"
    assert request.headers["x-own"] == "1"
    assert request.headers["webhook-timestamp"] == str(int(WALL + 2))
    content = f"{ID}:1:*.{int(WALL + 2)}.".encode() + request.body
    proof = base64.b64encode(hmac.new(SECRET.encode(), content, hashlib.sha256).digest()).decode()
    assert request.headers["webhook-signature"] == f"v1,{proof}"
    assert json.loads(request.body) == alert(message(), ASHA)


async def test_whoever_can_answer_is_told_where_and_only_while_an_answer_is_asked_for():
    async with web() as far:
        hook = Webhook(settings(far), ASHA, acknowledge=lambda _: "https://asha.example.org/a/1")
        for kind in ("alarm", "resolved"):
            await hook.deliver(message(kind=kind))
    asked, over = (json.loads(request.body) for request in far.came)
    assert asked["answer_url"] == "https://asha.example.org/a/1"
    assert "answer_url" not in over


async def test_every_try_has_the_same_key_and_its_own_time():
    async with web() as far:
        hook = Webhook(settings(far), ASHA)
        await hook.deliver(message("Zoë, 2", wall=WALL + 1))
        await hook.deliver(message("Zoë, 2", wall=WALL + 90))
    first, second = (request.headers for request in far.came)
    assert (
        first["idempotency-key"]
        == second["idempotency-key"]
        == f"{ID}:1:Zo%C3%AB%2C%202"
        == first["webhook-id"]
    )
    assert first["webhook-signature"] != second["webhook-signature"]


async def test_a_map_gets_positions_only():
    async with web() as far:
        hook = Webhook(settings(far), ASHA, only_location=True)
        await hook.deliver(message())
        with pytest.raises(Undelivered, match="no position") as why:
            await hook.deliver(message(fix=None))
    assert not why.value.retry
    assert len(far.came) == 1
    told = json.loads(far.came[0].body)
    assert (told["_type"], told["lat"], told["lon"], told["acc"]) == ("location", 48.137121, 11.575489, 8)
    assert told["tst"] == int(WALL - 40)


def test_the_verifying_code_of_the_docs_does_what_it_says():
    text = Path("docs/webhook.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    room = {}
    exec(code, room)
    verify, body = room["verify"], b'{"a": 1}'
    headers = signed(SECRET, f"{ID}:1:*", 1000, body)
    assert verify(SECRET, headers, body, now=1000)
    assert verify(
        SECRET, headers | {"webhook-signature": "v1,b2xk " + headers["webhook-signature"]}, body, now=1299
    )
    assert not verify(SECRET, headers, body, now=1000 + 301)
    assert not verify(SECRET, headers, body, now=1000 - 301)
    assert not verify(SECRET, headers, body + b" ", now=1000)
    assert not verify(SECRET + "x", headers, body, now=1000)
    assert not verify(SECRET, headers | {"webhook-timestamp": "1001"}, body, now=1000)
    assert not verify(SECRET, headers | {"webhook-timestamp": "soon"}, body, now=1000)
    assert not verify(SECRET, headers | {"webhook-id": "another"}, body, now=1000)
    assert not verify(SECRET, {}, body, now=1000)


def cap(far, **more):
    return CapWebhook(settings(far), CapSettings("band-1@example.org", **more), ASHA)


def said(request, tag):
    return ElementTree.fromstring(request.body).findtext(SPACE + tag)


async def test_cap_goes_out_valid_and_follows_up():
    async with web() as far:
        hook = cap(far, addresses=("desk@example.org",))
        await hook.deliver(message(reasons=SOS))
        await hook.deliver(message(reasons=SOS, seq=2, kind="update"))
        await hook.deliver(message(reasons=(), seq=3, kind="resolved"))
    assert [check(request.body.decode()) for request in far.came] == [[], [], []]
    assert [said(request, "msgType") for request in far.came] == ["Alert", "Update", "Cancel"]
    assert said(far.came[2], "references").count(" ") == 1
    assert far.came[0].headers["content-type"] == "application/cap+xml"
    assert hook._earlier == {}


async def test_cap_waits_for_a_human():
    async with web() as far:
        with pytest.raises(Undelivered, match="no human") as why:
            await cap(far).deliver(message())
        await cap(far).deliver(message(kind="acknowledged", seq=3, acknowledged_by="Ben"))
        await cap(far).deliver(message(test=True))
        await cap(far, unconfirmed=True).deliver(message())
    assert not why.value.retry
    assert [said(request, "status") for request in far.came] == ["Actual", "Exercise", "Actual"]
    assert {said(request, "msgType") for request in far.came} == {"Alert"}


async def test_cap_refers_only_to_what_was_accepted():
    async with web(answers=[(503, {}, b""), (200, {}, b"")]) as far:
        hook = cap(far)
        with pytest.raises(Undelivered):
            await hook.deliver(message(reasons=SOS))
        await hook.deliver(message(reasons=SOS))
        await hook.deliver(message(reasons=SOS, seq=2, kind="update"))
    assert far.came[0].body == far.came[1].body
    assert [said(request, "msgType") for request in far.came] == ["Alert", "Alert", "Update"]


async def test_stories_that_never_end_are_forgotten():
    async with web() as far:
        hook = cap(far)
        for number in range(40):
            await hook.deliver(message(reasons=SOS, incident_id=f"{number:026d}"))
    assert len(hook._earlier) == 32


def test_secrets_are_not_shown():
    hook = Webhook(WebhookSettings("https://far.example/token", SECRET, {"X": "token"}), ASHA)
    assert SECRET not in repr(hook)
    assert "token" not in repr(hook)
