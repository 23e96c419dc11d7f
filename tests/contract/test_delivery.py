"""The contract of every channel: what `deliver` promises, whatever is behind it."""

import asyncio
import time

import pytest

from agent.channels import Undelivered
from tests.channels.notices import message, sort_of
from tests.contract import far_sides
from tests.contract.far_sides import SECRET, Mail, Mosquito, Program, Serial, Service

NAMES = (
    "mqtt",
    "email",
    "webhook",
    "cap_webhook",
    "ntfy",
    "twilio",
    "sms_gateway",
    "command",
    "sms_at",
    "sms_modem",
)


UNMENDABLE = ("mqtt", "sms_at", "sms_modem")
"""MQTT 3.1.1 has no word for it (test_mqtt.py tells of MQTT 5); a modem that cannot be used is a lost one."""

LIMITS_S = {"silent": 0.3, "half": 1.0}
"""Short only where the test must wait for it; otherwise a loaded machine has time."""


@pytest.fixture(params=NAMES)
async def far(request, tmp_path, monkeypatch):
    limit_s = LIMITS_S.get(request.node.callspec.params.get("mood"), 10.0)
    monkeypatch.setattr("agent.channels.mqtt.TIMEOUT_S", limit_s)
    monkeypatch.setattr("agent.channels.at_modem.WAKE_S", 0.1)
    own = {
        "mqtt": Mosquito,
        "email": Mail,
        "command": lambda limit_s: Program(limit_s, tmp_path),
        "sms_at": lambda limit_s: Serial(limit_s, tmp_path),
        "sms_modem": Service,
    }
    make = own.get(request.param) or getattr(far_sides, request.param)
    async with make(limit_s) as far:
        yield far


async def fails(far, **changes):
    began = time.monotonic()
    with pytest.raises(Undelivered) as why:
        await far.channel.deliver(message(far.to, **changes))
    assert time.monotonic() - began < far.limit_s + 3
    words = str(why.value)
    assert 10 < len(words) < 300
    assert "\n" not in words
    assert SECRET not in words
    return why.value


async def test_it_returns_when_the_far_side_has_it(far):
    await far.behave("accept")
    assert await far.channel.deliver(message(far.to)) is None
    assert len(far.taken()) == 1


@pytest.mark.parametrize("far", [name for name in NAMES if name != "mqtt"], indirect=True)
@pytest.mark.parametrize("mood", ["later", "never"])
async def test_a_refusal_says_whether_to_try_again(far, mood):
    await far.behave(mood)
    assert sort_of(await fails(far)) == mood
    assert far.taken() == []


@pytest.mark.parametrize("far", [name for name in NAMES if name not in UNMENDABLE], indirect=True)
async def test_a_way_that_is_shut_names_its_cure_and_takes_it_once_it_is_mended(far):
    await far.behave("shut")
    error = await fails(far)
    assert sort_of(error) == "shut"
    assert 5 < len(error.cure) < 80
    assert SECRET not in error.cure
    await far.behave("accept")
    await far.channel.deliver(message(far.to))
    assert len(far.taken()) == 1


@pytest.mark.parametrize("mood", ["silent", "half", "down"])
async def test_what_did_not_arrive_for_sure_is_tried_again(far, mood):
    await far.behave(mood)
    assert (await fails(far)).retry


@pytest.mark.parametrize("mood", ["half", "down"])
async def test_it_comes_back(far, mood):
    await far.behave(mood)
    await fails(far)
    await far.behave("accept")
    await far.channel.deliver(message(far.to))
    assert len(far.taken()) == 1


async def test_a_second_try_is_known_as_the_same(far):
    await far.channel.deliver(message(far.to))
    await far.channel.deliver(message(far.to))
    first, second = far.taken()
    assert first == second


async def test_order_is_kept_and_nothing_is_merged(far):
    for seq, kind in enumerate(("alarm", "update", "acknowledged", "resolved"), 1):
        await far.channel.deliver(message(far.to, seq=seq, kind=kind, acknowledged_by="Ben", fix=None))
    assert len(far.taken()) == len(set(far.taken())) == 4


async def test_many_at_once(far):
    alike = [message(far.to, seq=seq, text=f"news {seq}") for seq in range(1, 6)]
    await asyncio.gather(*(far.channel.deliver(one) for one in alike))
    assert len(set(far.taken())) == 5


async def test_cancelling_is_not_swallowed(far):
    await far.behave("silent")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await far.channel.deliver(message(far.to))


def test_secrets_are_not_shown():
    for make in (
        far_sides.webhook,
        far_sides.cap_webhook,
        far_sides.ntfy,
        far_sides.twilio,
        far_sides.sms_gateway,
    ):
        assert SECRET not in repr(make(1.0).make())
