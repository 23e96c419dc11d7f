"""A modem that speaks AT commands, at the other end of a line: what it can be asked to do.

Source: 3GPP TS 27.005 (messages), TS 27.007 (SIM, registration, signal), ITU-T V.250.
"""

from __future__ import annotations

import asyncio
import re
from itertools import pairwise
from random import Random

from agent.channels.gsm_faults import NO_NETWORK, WANTS_PIN, WANTS_PUK, WRONG_PIN, refusal
from agent.channels.gsm_text import PDU_MODE, TEXT_MODE, Draft, Mode
from agent.channels.sms_line import CANCEL, PROMPT, SEND, Line, Silence

ANSWER_S = 10.0
"""Longest wait for what a modem knows by itself; SIM and network commands take seconds."""
WAKE_S = 1.0
WAKE_TRIES = 5
SETTLE_S = 0.2
"""Answers to what was asked before come within it: none may be taken for an answer to what follows."""
PROMPT_S = 5.0

REGISTERED = {1: "registered at home", 5: "roaming", 6: "registered for SMS", 7: "roaming for SMS"}
"""+CREG: states in which messages can be sent (TS 27.007, 7.2)."""
UNREGISTERED = {
    2: "the modem is searching for a network: move the device, or check its antenna",
    3: "the network refuses this SIM card: ask the operator",
}
PINS = {"SIM PIN": WANTS_PIN, "SIM PUK": WANTS_PUK}

Place = tuple[str, int]
"""Where a message is stored: the memory's name (empty: the modem's choice), and the place in it."""


class AtModem:
    """A modem at the other end of a line: what it can be asked to do."""

    def __init__(self, line: Line, timeout_s: float, rng: Random) -> None:
        self.mode: Mode = PDU_MODE
        self._line = line
        self._timeout_s = timeout_s
        self._rng = rng

    async def wake(self) -> None:
        """Get its attention, whatever it was doing. Raises ConnectionError where nobody is."""
        self._line.write(CANCEL + b"\r")
        for _ in range(WAKE_TRIES):
            if await self._is_awake():
                break
        else:
            raise ConnectionError("the modem does not answer: switch it off and on again")
        await asyncio.sleep(SETTLE_S)
        for command in ("ATZ", "ATE0", "AT+CMEE=1"):
            await self._ask(command)

    async def _is_awake(self) -> bool:
        try:
            return (await self._line.ask("AT", WAKE_S))[-1] == "OK"
        except Silence:
            return False

    async def unlock(self, pin: str | None, wrong: set[str]) -> None:
        """Enter the PIN where one is wanted. Raises ConnectionError when that does not open the SIM.

        A PIN that was refused joins `wrong`, and is not entered again: the third time would lock the SIM.
        """
        answer = await self._ask("AT+CPIN?")
        wanted = next((line[6:].strip() for line in answer if line.startswith("+CPIN:")), "")
        if wanted == "READY":
            return
        if wanted == "SIM PIN" and pin in wrong:
            raise ConnectionError(WRONG_PIN)
        if wanted != "SIM PIN" or pin is None:
            raise ConnectionError(PINS.get(wanted) or refusal(answer[-1]).why)
        if (await self._ask(f'AT+CPIN="{pin}"'))[-1] != "OK":
            wrong.add(pin)
            raise ConnectionError(WRONG_PIN)

    async def set_up(self) -> None:
        """Choose the mode, and have news of messages and reports told. Raises ConnectionError."""
        for self.mode in (PDU_MODE, TEXT_MODE):
            if all([(await self._ask(command))[-1] == "OK" for command in self.mode.setup]):
                break
        else:
            raise ConnectionError("the modem knows no SMS")
        # Messages are stored, and told; reports are given as they come. Not every modem can do the latter.
        if (await self._ask("AT+CNMI=2,1,0,1,0"))[-1] != "OK":
            await self._ask("AT+CNMI=2,1,0,0,0")

    async def check(self) -> None:
        """Return when it is registered in a network. Raises ConnectionError with why not."""
        await self.registration()

    async def registration(self) -> str:
        """How it is registered, in words. LTE has a registration of its own. Raises ConnectionError."""
        states = [await self._state(command) for command in ("AT+CREG?", "AT+CEREG?")]
        good = [REGISTERED[state] for state in states if state in REGISTERED]
        bad = [UNREGISTERED[state] for state in states if state in UNREGISTERED]
        if not good:
            raise ConnectionError(bad[0] if bad else NO_NETWORK)
        return good[0]

    async def _state(self, command: str) -> int:
        answer = await self._ask(command)
        found = re.search(r"REG: *\d+, *(\d+)", " ".join(answer))
        return int(found[1]) if found else 0

    async def signal(self) -> str:
        """How strong the network is, in words (+CSQ: 0..31 is -113 to -51 dBm)."""
        found = re.search(r"\+CSQ: *(\d+)", " ".join(await self._ask("AT+CSQ")))
        return strength(int(found[1]) if found else 99)

    async def send(self, number: str, text: str) -> tuple[int, ...]:
        """Send all parts; the network's references. Raises Undelivered, ConnectionError."""
        drafts = self.mode.drafts(number, text, self._rng.randrange(256))
        return tuple([await self._send(draft) for draft in drafts])

    async def _send(self, draft: Draft) -> int:
        for command in draft.before:
            await self._must(command)
        answer = await self._line.ask(draft.command, min(PROMPT_S, self._timeout_s))
        if answer[-1] != PROMPT:
            raise refusal(answer[-1])
        answer = await self._line.ask(draft.body + SEND, self._timeout_s)
        if answer[-1] != "OK":
            raise refusal(answer[-1])
        found = re.search(r"\+CMGS: *(\d+)", " ".join(answer))
        return int(found[1]) if found else 0

    async def memory(self) -> list[tuple[Place, str, str]]:
        """All that lies in its memory: (place, header, body)."""
        chosen = re.search(r'\+CPMS: *"(\w+)"', " ".join(await self._ask("AT+CPMS?")))
        answer = await self._ask(self.mode.everything)
        if answer[-1] != "OK":
            return []  # a SIM that is still starting says so; what is in it is told the next time
        return [
            ((chosen[1] if chosen else "", int(place[1])), header, body)
            for header, body in messages(answer)
            if (place := re.match(r"\+CMGL: *(\d+)", header))
        ]

    async def fetch(self, place: Place) -> list[tuple[str, str]]:
        """The message at a place: (header, body), or nothing where there is none."""
        await self._choose(place)
        return messages(await self._ask(f"AT+CMGR={place[1]}"))

    async def forget(self, place: Place) -> None:
        """Delete the message at a place."""
        await self._choose(place)
        await self._ask(f"AT+CMGD={place[1]}")

    async def _choose(self, place: Place) -> None:
        if place[0]:
            await self._ask(f'AT+CPMS="{place[0]}"')

    async def _must(self, command: str) -> None:
        answer = await self._ask(command)
        if answer[-1] != "OK":
            raise refusal(answer[-1])

    async def _ask(self, command: str) -> list[str]:
        return await self._line.ask(command, ANSWER_S)


def messages(answer: list[str]) -> list[tuple[str, str]]:
    """The (header, body) pairs of +CMGL and +CMGR; a report in text mode has no body."""
    heads = re.compile(r"\+CMG[LR]:")
    return [
        (line, "" if heads.match(below) or below == "OK" else below)
        for line, below in pairwise(answer)
        if heads.match(line)
    ]


def strength(level: int) -> str:
    """A +CSQ level in words; 99 is unknown."""
    if not 0 <= level <= 31:
        return "signal not known"
    word = ("very weak", "weak", "good", "strong")[min(3, level // 8)]
    return f"signal {word}, {2 * level - 113} dBm"
