"""ntfy: priority, tag and buttons by kind; the token is sent and never shown."""

import json

import pytest

from agent.channels import Undelivered
from agent.channels.letter import SENTENCES
from agent.channels.ntfy import MANNERS, Ntfy, NtfySettings, push
from tests.channels.notices import ASHA, message, sort_of
from tests.channels.servers import web

LINK = "https://far.example/ack"


async def test_a_push_arrives():
    async with web() as far:
        ntfy = Ntfy(NtfySettings("asha-9fe1", far.url, token="tk_secret"), ASHA, lambda message: LINK)
        await ntfy.deliver(message())
        await ntfy.deliver(message("bens-own-topic", kind="resolved"))
    first, second = (json.loads(request.body) for request in far.came)
    assert far.came[0].headers["authorization"] == "Bearer tk_secret"
    assert (far.came[0].method, far.came[0].path) == ("POST", "/")
    assert (first["topic"], second["topic"]) == ("asha-9fe1", "bens-own-topic")
    assert first["title"] == "ALARM: Asha may need help"
    assert "scream heard" in first["message"]
    assert (first["priority"], first["tags"]) == (5, ["rotating_light"])
    assert [button["label"] for button in first["actions"]] == ["I am going", "Map"]
    assert first["actions"][0]["url"] == LINK
    assert "mlat=48.13712" in first["click"]
    assert second["priority"] == 3
    assert [button["label"] for button in second["actions"]] == ["Map"]
    assert "secret" not in repr(ntfy)
    assert "9fe1" not in repr(ntfy)


async def test_without_token_link_and_position():
    async with web() as far:
        await Ntfy(NtfySettings("t", far.url), ASHA).deliver(message(fix=None))
    pushed = json.loads(far.came[0].body)
    assert "authorization" not in far.came[0].headers
    assert pushed["actions"] == []
    assert "click" not in pushed


async def test_a_wrong_token_waits_for_the_right_one():
    async with web(answers=[(403, {}, b'{"error":"forbidden"}')]) as far:
        with pytest.raises(Undelivered) as why:
            await Ntfy(NtfySettings("t", far.url, token="x"), ASHA).deliver(message())
    assert sort_of(why.value) == "shut"


def test_a_drill_is_quiet():
    pushed = push(message(test=True), "t", ASHA)
    assert (pushed["priority"], pushed["tags"]) == (3, ["test_tube"])
    assert push(message(test=True), "t", ASHA, LINK)["actions"][0]["label"] == "I have seen it"


def test_every_kind_has_its_manner():
    assert MANNERS.keys() == SENTENCES.keys()
