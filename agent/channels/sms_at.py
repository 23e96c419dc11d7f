"""SMS by a modem on a serial port (a plain GSM, LTE or NB-IoT HAT), by AT commands.

`run()` holds the port, and ends when the modem fails in any way: supervise then opens it anew, and the new
talk begins with an escape from whatever was left unfinished, and a reset (ATZ).
The commands: at_modem.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from agent.channels import Message
from agent.channels.at_modem import AtModem, Place
from agent.channels.gsm import Joining, Received, Report
from agent.channels.gsm_text import Mode
from agent.channels.sms_desk import Delivered, Desk, Heard, code, unheard, untold
from agent.channels.sms_line import open_line
from agent.wording import Device

OLD_S = 600.0
"""What lay in the memory for longer is no answer to anything that is open now."""
MOST_KEPT = 10
"""What is no answer stays in places up to this one; a SIM has 10 or more, a full one takes nothing."""

Wall = Callable[[], float]


@dataclass(frozen=True, slots=True)
class AtSettings:
    """The port, its speed, the SIM's PIN if it has one, and how long the network may take for a message."""

    port: str
    baud: int = 115200
    pin: str | None = field(default=None, repr=False)
    timeout_s: float = 60.0


class AtSms:
    """The channel. arrived: called whenever messages can be sent (again)."""

    def __init__(
        self,
        settings: AtSettings,
        device: Device,
        heard: Heard = unheard,
        delivered: Delivered = untold,
        arrived: Callable[[], None] = lambda: None,
        wall: Wall = time.time,
    ) -> None:
        self._settings = settings
        self._heard = heard
        self._arrived = arrived
        self._wall = wall
        self._desk = Desk(device, delivered)
        self._joining = Joining()
        self._unfinished: dict[tuple[str, int], list[Place]] = {}
        self._wrong_pins: set[str] = set()
        self._rng = Random()

    async def deliver(self, message: Message) -> None:
        """Return when the network has taken it. Raises Undelivered with what the modem said, in words."""
        await self._desk.deliver(message)

    async def run(self) -> None:
        """Hold the port, send and listen: a part for supervise. Raises ConnectionError with why, in words."""
        settings = self._settings
        try:
            async with open_line(settings.port, settings.baud) as line:
                modem = AtModem(line, settings.timeout_s, self._rng)
                line.told = partial(self._told, modem)
                line.gone = partial(self._desk.later, modem.check)
                await self._begin(modem)
                self._arrived()
                await self._desk.serve(modem)
        except ConnectionError as error:
            self._desk.lost(str(error))
            raise

    async def _begin(self, modem: AtModem) -> None:
        """What came while we were away is heard where it is new: an old `2` must end no alarm."""
        await modem.wake()
        await modem.unlock(self._settings.pin, self._wrong_pins)
        await modem.set_up()
        await modem.registration()
        since = self._wall() - OLD_S
        for place, header, body in await modem.memory():
            await self._take(modem, header, body, place, since)

    def _told(self, modem: AtModem, header: str, body: str) -> None:
        """News: a message or a report itself, or in which memory and place one is stored."""
        if stored := re.match(r'\+CMTI: *"(\w+)", *(\d+)', header):
            self._desk.later(partial(self._fetch, modem, (stored[1], int(stored[2]))))
        else:
            self._desk.later(partial(self._take, modem, header, body))

    async def _fetch(self, modem: AtModem, place: Place) -> None:
        for header, body in await modem.fetch(place):
            await self._take(modem, header, body, place)

    async def _take(
        self, modem: AtModem, header: str, body: str, place: Place | None = None, since: float = 0.0
    ) -> None:
        """Hand it on; only then are answers and reports deleted, and what would fill the memory."""
        full = [place] if place and place[1] > MOST_KEPT else []
        used = await self._hand_on(modem.mode, header, body, None if full else place, since)
        for one in (*used, *full):
            await modem.forget(one)

    async def _hand_on(
        self, mode: Mode, header: str, body: str, place: Place | None, since: float
    ) -> list[Place]:
        """Where that was stored which nobody needs any more."""
        here = [place] if place else []
        try:
            came = mode.read(header, body)
        except ValueError:
            return []  # of a kind that is not ours: settings of the operator, pictures
        if isinstance(came, Report):
            self._desk.report(came)
            return here
        return await self._hear(came, here, since)

    async def _hear(self, came: Received, here: list[Place], since: float) -> list[Place]:
        key = (came.number, came.part[0] if came.part else -1)
        places = [*self._unfinished.pop(key, []), *here]
        text = self._joining.add(came)
        if text is None:
            self._unfinished[key] = places
            return []
        if came.wall >= since:
            back = await self._heard(came.number, text)
            if back:
                self._desk.say_back(came.number, back)
        return places if code(text) else []


async def probe(settings: AtSettings) -> str:
    """How well a modem is, in words. Raises ConnectionError with why messages cannot be sent."""
    async with open_line(settings.port, settings.baud) as line:
        modem = AtModem(line, settings.timeout_s, Random())
        await modem.wake()
        await modem.unlock(settings.pin, set())
        return f"{await modem.registration()}, {await modem.signal()}"
