"""The far side of every channel and its moods: accept, later, never, shut, silent, half, down. (MQTT 3.1.1
has no "no"; a modem cannot be mended by asking.)

Each has `channel` (what is tested), `to` (a recipient it knows), `behave(mood)`, and `taken()`: what it
has accepted, as names that are the same for every try of one message.
"""

import asyncio
import json
import os
import re
from contextlib import AsyncExitStack, suppress
from unittest.mock import patch
from urllib.parse import parse_qs

from agent.channels.command import Command, CommandSettings
from agent.channels.email import Email, EmailSettings
from agent.channels.mqtt import Broker, Mqtt
from agent.channels.ntfy import Ntfy, NtfySettings
from agent.channels.sms_at import AtSettings, AtSms
from agent.channels.sms_gateway import FORM, Gateway, GatewaySettings, Twilio, TwilioSettings
from agent.channels.sms_modem import ModemSettings, ModemSms
from agent.channels.webhook import CapSettings, CapWebhook, Webhook, WebhookSettings
from tests.bluez import private_bus
from tests.channels.notices import ASHA
from tests.channels.servers import Post, Web, listening, post, web
from tests.modem import MM, AtModem, ModemManager

SECRET = "hush-hush-hush"
NUMBER = "+491701234567"
OK = {"sid": "SM1"}
ENDINGS = {
    "accept": "exit 0",
    "later": "exit 75",
    "never": "exit 64",
    "shut": "exit 77",
    "silent": "sleep 5",
    "half": "kill -9 $$",
    "down": "exit 69",
}
"""How the program ends in each mood (sysexits.h)."""


class Server:
    """A far side that listens on one port, also when it comes back."""

    to = "*"

    def __init__(self, limit_s):
        self.limit_s = limit_s
        self.port = 0
        self.stack = AsyncExitStack()

    async def __aenter__(self):
        await self.behave("accept")
        self.channel = self.make()
        return self

    async def __aexit__(self, *error):
        await self.stack.aclose()

    async def behave(self, mood):
        await self.stack.aclose()
        if mood != "down":
            await self.listen(mood)


class Http(Server):
    """`make(url)` gives the channel, `name(request)` what a request is about."""

    def __init__(self, limit_s, make, name, to="*"):
        super().__init__(limit_s)
        self.to, self.name = to, name
        self.make = lambda: make(f"http://127.0.0.1:{self.port}")
        self.got = []

    async def listen(self, mood):
        status = {"later": 503, "never": 400, "shut": 401}.get(mood, 200)
        body = json.dumps(OK if status == 200 else {"message": "no"}).encode()
        rules = {"answers": [(status, {}, body)], "silent": mood == "silent", "half": mood == "half"}
        far: Web = await self.stack.enter_async_context(web(self.port, **rules))
        self.port = int(far.url.rpartition(":")[2])
        if mood == "accept":
            far.came = self.got

    def taken(self):
        return [self.name(request) for request in self.got]


def hook(url, limit_s):
    return WebhookSettings(url, SECRET, timeout_s=limit_s)


def webhook(limit_s):
    def make(url):
        return Webhook(hook(url, limit_s), ASHA)

    return Http(limit_s, make, lambda request: request.headers["idempotency-key"])


def cap_webhook(limit_s):
    settings = CapSettings("band-1@wear.example", unconfirmed=True)
    name = re.compile(rb"<identifier>(.*?)</identifier>")

    def make(url):
        return CapWebhook(hook(url, limit_s), settings, ASHA)

    return Http(limit_s, make, lambda request: name.search(request.body)[1])


def ntfy(limit_s):
    def make(url):
        return Ntfy(NtfySettings("topic", url, SECRET, limit_s), ASHA)

    return Http(limit_s, make, lambda request: request.body)


def twilio(limit_s):
    def make(url):
        return Twilio(TwilioSettings("AC1", SECRET, "+15005550006", url, limit_s), ASHA)

    return Http(limit_s, make, lambda request: parse_qs(request.body)[b"Body"][0], NUMBER)


def sms_gateway(limit_s):
    form = {"Content-Type": FORM, "X-Key": SECRET}

    def make(url):
        return Gateway(GatewaySettings(url, "{to} {text}", form, timeout_s=limit_s), ASHA)

    return Http(limit_s, make, lambda request: request.body, NUMBER)


class Mail(Server):
    to = "ben@home.example"

    def __init__(self, limit_s):
        super().__init__(limit_s)
        self.got = []

    def make(self):
        sender, mode = "band@wear.example", "none"
        return Email(EmailSettings("127.0.0.1", sender, self.port, mode, timeout_s=self.limit_s), ASHA)

    async def listen(self, mood):
        rules = {
            "later": {"rcpt": "451 later"},
            "never": {"rcpt": "550 never"},
            "shut": {"rcpt": "530 5.7.0 login first"},
            "silent": {"hang_s": 2 * self.limit_s},
            "half": {"data": "hang up"},
        }.get(mood, {})
        far: Post = await self.stack.enter_async_context(post(self.port, **rules))
        self.port = far.port
        if mood == "accept":
            far.taken = self.got

    def taken(self):
        return [re.search(rb"Message-ID: (.*)", letter.original_content)[1] for letter in self.got]


class Program:
    """A shell script; `down` is its own far side being unavailable."""

    to = NUMBER

    def __init__(self, limit_s, folder):
        self.limit_s = limit_s
        self.script, self.out = folder / "send", folder / "out"

    async def __aenter__(self):
        await self.behave("accept")
        self.channel = Command(CommandSettings((str(self.script), "{to}"), self.limit_s), ASHA)
        return self

    async def __aexit__(self, *error):
        pass

    async def behave(self, mood):
        keep = self.out if mood == "accept" else "/dev/null"
        new = self.script.with_suffix(".new")
        new.write_text(f"#!/bin/sh\nprintf '%s\\n' \"$(cat)\" >> {keep}\n{ENDINGS[mood]}\n")
        new.chmod(0o755)
        new.replace(self.script)

    def taken(self):
        return self.out.read_text().splitlines() if self.out.exists() else []


class Mosquito(Server):
    """A broker of MQTT 3.1.1, as much of it as one publisher needs; it has no word for "no"."""

    def __init__(self, limit_s):
        super().__init__(limit_s)
        self.got = []

    def make(self):
        return Mqtt(Broker("127.0.0.1", self.port, password=SECRET, username="asha"), ASHA)

    async def __aenter__(self):
        await super().__aenter__()
        self.running = asyncio.create_task(self.keep_running())
        await self.channel.connected()
        return self

    async def __aexit__(self, *error):
        self.running.cancel()
        await asyncio.wait([self.running])
        await super().__aexit__(*error)

    async def keep_running(self):
        while True:
            with suppress(ConnectionError):
                await self.channel.run()
            await asyncio.sleep(0.02)

    async def behave(self, mood):
        await super().behave(mood)
        if mood != "down" and hasattr(self, "channel"):
            await asyncio.sleep(0.05)
            await self.channel.connected()

    async def listen(self, mood):
        self.mood = mood
        self.port = await self.stack.enter_async_context(listening(self.serve, self.port))

    async def serve(self, reader, writer):
        with suppress(asyncio.IncompleteReadError):
            while True:
                kind, body = await packet(reader)
                answer = self.answer(kind, body)
                if answer is None:
                    return
                writer.write(answer)
                await writer.drain()

    def answer(self, kind, body):
        if kind >> 4 == 1:
            return b"\x20\x02\x00\x00"
        if kind >> 4 != 3:
            return b"\xd0\x00" if kind >> 4 == 12 else b""
        topic, number = body[2 : 2 + body[1]], body[2 + body[1] : 4 + body[1]]
        if not topic.endswith((b"alert", b"incident")) or self.mood == "accept":
            self.got += [body[4 + body[1] :]] if topic.endswith(b"alert") else []
            return b"\x40\x02" + number
        return b"" if self.mood == "silent" else None

    def taken(self):
        alerts = map(json.loads, self.got)
        return [(alert["incident_id"], alert["seq"]) for alert in alerts]


async def packet(reader):
    """One MQTT packet: its first byte and its body (3.1.1, 2.2.3: length in sevens of bits)."""
    kind, length, shift = (await reader.readexactly(1))[0], 0, 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 127) << shift
        shift += 7
        if digit < 128:
            return kind, await reader.readexactly(length)


class Telephone:
    """A modem and the network behind it; the channel runs beside it, as under supervise."""

    to = NUMBER

    def __init__(self, limit_s):
        self.limit_s, self.got, self.modem = limit_s, [], None
        self.stack = AsyncExitStack()
        self.up = asyncio.Event()

    async def __aenter__(self):
        await self.prepare()
        await self.behave("accept")
        self.channel = self.make()
        self.running = asyncio.create_task(self.keep_running())
        await self.up.wait()
        return self

    async def __aexit__(self, *error):
        self.running.cancel()
        await asyncio.wait([self.running])
        await self.stack.aclose()

    async def prepare(self):
        pass

    async def keep_running(self):
        while True:
            with suppress(ConnectionError):
                await self.channel.run()
            self.up.clear()
            await asyncio.sleep(0.02)

    def taken(self):
        return [sent.text for sent in self.got]


class Serial(Telephone):
    """`port` is a link to the modem's newest pseudo-terminal, as udev makes them."""

    def __init__(self, limit_s, folder):
        super().__init__(limit_s)
        self.port = folder / "modem"

    def make(self):
        return AtSms(AtSettings(str(self.port), timeout_s=self.limit_s), ASHA, arrived=self.up.set)

    async def behave(self, mood):
        if mood == "down":
            self.modem.unplug()
            await asyncio.sleep(0.02)
            return
        back = self.modem is None or self.modem.master < 0
        if back:
            self.modem = self.stack.enter_context(AtModem())
            self.modem.sent = self.got
            self.port.unlink(missing_ok=True)
            self.port.symlink_to(self.modem.port)
        answers = {"later": "+CMS ERROR: 42", "never": "+CMS ERROR: 1", "silent": "hang", "half": "half"}
        self.modem.answers.clear()
        self.modem.answers.extend([answers[mood]] if mood in answers else [])
        if hasattr(self, "channel"):
            await self.up.wait()


class Service(Telephone):
    async def prepare(self):
        self.bus = self.stack.enter_context(private_bus())
        self.stack.enter_context(patch.dict(os.environ, DBUS_SYSTEM_BUS_ADDRESS=self.bus))

    def make(self):
        return ModemSms(ModemSettings(self.limit_s), ASHA, arrived=self.up.set)

    async def behave(self, mood):
        if mood == "down":
            await self.modem.__aexit__()
            return
        if self.modem is None or not self.modem.bus.connected:
            self.modem = await self.stack.enter_async_context(ModemManager(self.bus))
            self.modem.sent = self.got
        refusals = {
            "later": (f"{MM}.Error.Message.NetworkTimeout", "Network timeout"),
            "never": (f"{MM}.Error.Core.InvalidArgs", "Invalid number"),
        }
        self.modem.mood = refusals.get(mood, mood)
        if hasattr(self, "channel"):
            await self.up.wait()
