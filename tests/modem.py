"""Modems to lie beside: one that speaks AT commands on a pseudo-terminal, and a ModemManager.

Both keep what they were given to send in `sent`, and do as they are told: refuse, hang, lose the network.
Sources: 3GPP TS 27.005, TS 23.040; ModemManager D-Bus reference.
"""

from __future__ import annotations

import asyncio
import os
import re
import tty
from collections import deque
from dataclasses import dataclass
from random import Random

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from agent.channels.gsm_alphabet import GSM_7, letters, pack, septets, unpack

MM = "org.freedesktop.ModemManager1"
ESC = "\x1b"


@dataclass(frozen=True)
class Sent:
    """One part that the network took."""

    number: str
    text: str
    coding: int
    wants_report: bool
    part: tuple[int, int, int] | None = None


def opened(pdu, length):
    """An SMS-SUBMIT, read by the standard (TS 23.040, 9.2.2.2)."""
    data = bytes.fromhex(pdu)
    assert len(data) == length + 1
    assert data[0] == 0
    first, digits = data[1], data[3]
    assert first & 0x1B == 0x11  # SUBMIT, relative validity
    assert data[4] == 0x91
    end = 5 + (digits + 1) // 2
    number = "+" + "".join(f"{byte & 15:x}{byte >> 4:x}" for byte in data[5:end])[:digits]
    coding, count, user = data[end + 1], data[end + 3], data[end + 4 :]
    header = user[: 1 + user[0]] if first & 0x40 else b""
    if coding == GSM_7:
        taken = -(-8 * len(header) // 7)
        text = letters(unpack(user[len(header) :], count - taken, 7 * taken - 8 * len(header)))
    else:
        assert len(user) == count
        text = user[len(header) :].decode("utf-16-be")
    assert len(user) <= 140
    return Sent(number, text, coding, bool(first & 0x20), tuple(header[3:]) or None)


def address(number):
    """Digits, type, the digits two a byte."""
    digits = number.removeprefix("+")
    even = digits + "f" * (len(digits) % 2)
    kind = 0x91 if number.startswith("+") else 0x81
    swapped = "".join(even[at + 1] + even[at] for at in range(0, len(even), 2))
    return bytes([len(digits), kind]) + bytes.fromhex(swapped)


STAMP = bytes.fromhex("62111212400040")
"""2026-11-21 21:04:00 +01, as the network writes it."""
STAMP_WALL = 1_795_291_440.0


def deliver(number, text, part=None, stamp=STAMP, coding=0):
    """An SMS-DELIVER with the service centre's address before it."""
    header = bytes([5, 0, 3, *part]) if part else b""
    if coding == GSM_7:
        taken = -(-8 * len(header) // 7)
        codes = septets(text)
        user = bytes([taken + len(codes)]) + header + pack(codes, 7 * taken - 8 * len(header))
    else:
        content = header + text.encode("utf-16-be")
        user = bytes([len(content)]) + content
    first = 0x44 if part else 0x04
    tpdu = bytes([first]) + address(number) + bytes([0, coding]) + stamp + user
    return (bytes.fromhex("07919471016700F0") + tpdu).hex().upper(), len(tpdu)


def report(number, reference, status):
    """An SMS-STATUS-REPORT."""
    tpdu = bytes([0x06, reference]) + address(number) + STAMP + STAMP + bytes([status])
    return (b"\x00" + tpdu).hex().upper(), len(tpdu)


def ucs2(text):
    return text.encode("utf-16-be").hex().upper()


class AtModem:
    """On a pseudo-terminal. What it says comes in pieces of random size.

    sim: READY, SIM PIN, SIM PUK or None (no card). registered: +CREG state. text_only: knows no PDU mode.
    answers: what the next messages get instead of a reference ("hang", "half", an error line). deaf: it is
    hung, until an escape comes; dead: for ever. memory: {place: (header fields, PDU or text)}.
    """

    def __init__(self, seed=0, echo=True, text_only=False):
        self.rng = Random(seed)
        self.echo_first, self.echo, self.text_only, self.text_mode = echo, echo, text_only, text_only
        self.sim, self.pin, self.pins = "READY", "1234", []
        self.registered, self.lte, self.level = 1, 0, 21
        self.answers, self.sent, self.asked = deque(), [], []
        self.reference, self.memory, self.deaf, self.dead = 0, {}, False, False
        self.reports = None
        self._input, self._command, self._out = "", "", b""

    def __enter__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.master, False)
        self.port = os.ttyname(self.slave)
        asyncio.get_running_loop().add_reader(self.master, self._hear)
        return self

    def __exit__(self, *_):
        self.unplug()

    def unplug(self):
        """Somebody pulls it out."""
        if self.master >= 0:
            asyncio.get_running_loop().remove_reader(self.master)
            os.close(self.master)
            os.close(self.slave)
        self.master = -1

    def say(self, *lines):
        """Lines, each between line ends, in pieces."""
        self.write("".join(f"\r\n{line}\r\n" for line in lines))

    def write(self, text):
        self._out += text.encode("latin-1")
        self._drain()

    def _drain(self):
        if self._out and self.master >= 0:
            size = self.rng.randint(1, 40)
            os.write(self.master, self._out[:size])
            self._out = self._out[size:]
            asyncio.get_running_loop().call_soon(self._drain)

    def receive(self, number, text, place=1, part=None, coding=0, stored=True):
        """A message comes: it is stored and told, or given as it is."""
        pdu, length = deliver(number, text, part, coding=coding)
        state, stamp = '"REC UNREAD",', f'"{ucs2(number)}",,"26/11/21,21:04:00+04"'
        head, body = (f"{state}{stamp}", ucs2(text)) if self.text_mode else (f"0,,{length}", pdu)
        if stored:
            self.memory[place] = (head, body)
            self.say(f'+CMTI: "SM",{place}')
        else:
            self.write(f"\r\n+CMT: {stamp if self.text_mode else f',{length}'}\r\n{body}\r\n")

    def tell(self, number, reference, status):
        """A delivery report comes."""
        stamp = '"26/11/21,21:04:00+04"'
        if self.text_mode:
            self.say(f'+CDS: 6,{reference},"{ucs2(number)}",145,{stamp},{stamp},{status}')
            return
        pdu, length = report(number, reference, status)
        self.write(f"\r\n+CDS: {length}\r\n{pdu}\r\n")

    def _hear(self):
        text = os.read(self.master, 4096).decode("latin-1")
        if ESC in text:
            self.deaf, self._command, text = False, "", text.rpartition(ESC)[2]
            self._input = ""
        if self.deaf or self.dead:
            return
        if self.echo:
            self.write(text)
        self._input += text
        while (end := re.search("\x1a" if self._command else "\r", self._input)) and not self.deaf:
            line, self._input = self._input[: end.start()], self._input[end.end() :]
            self._message(line) if self._command else self._obey(line.strip())

    def _message(self, body):
        command, self._command = self._command, ""
        answer = self.answers.popleft() if self.answers else None
        if answer == "hang":
            self.deaf = True
        elif answer == "half":
            self.unplug()
        elif answer:
            self.say(answer)
        else:
            self._take(command, body)
            self.say(f"+CMGS: {self.reference}", "OK")
            if self.reports is not None:
                self.tell(self.sent[-1].number, self.reference, self.reports)

    def _take(self, command, body):
        self.reference = self.reference % 255 + 1
        argument = command.partition("=")[2]
        if self.text_mode:
            number, text = (bytes.fromhex(part.strip('"')).decode("utf-16-be") for part in (argument, body))
            self.sent.append(Sent(number, text, self.coding, wants_report=self.first == 49))
        else:
            self.sent.append(opened(body, int(argument)))

    def _obey(self, command):
        self.asked.append(command)
        name, _, argument = command.partition("=")
        if name == "AT+CMGS":
            self._command = command
            self.write("\r\n> ")
        elif command:
            self.say(*self._answer(name.removeprefix("AT").strip("+"), argument))

    def _answer(self, name, argument):
        act = getattr(self, "_" + name.strip("?").lower(), None)
        if not act and name in ("", "CMEE", "CNMI", "CSCS", "CPMS"):
            return ["OK"]
        return act(argument) if act else ["ERROR"]

    def _z(self, _):
        self.echo, self.text_mode = self.echo_first, False
        return ["OK"]

    def _e0(self, _):
        self.echo = False
        return ["OK"]

    def _cpin(self, pin):
        if self.sim is None:
            return ["+CME ERROR: 10"]
        if not pin:
            return [f"+CPIN: {self.sim}", "OK"]
        self.pins.append(pin.strip('"'))
        if self.pins[-1] != self.pin:
            return ["+CME ERROR: 16"]
        self.sim = "READY"
        return ["OK"]

    def _cmgf(self, mode):
        if self.text_only and mode == "0":
            return ["ERROR"]
        self.text_mode = mode == "1"
        return ["OK"]

    def _csmp(self, values):
        self.first, _, _, self.coding = map(int, values.split(","))
        return ["OK"]

    def _creg(self, _):
        return [f"+CREG: 0,{self.registered}", "OK"]

    def _cereg(self, _):
        return [f"+CEREG: 0,{self.lte}", "OK"]

    def _csq(self, _):
        return [f"+CSQ: {self.level},99", "OK"]

    def _cmgl(self, _):
        found = [(f"+CMGL: {place},{head}", body) for place, (head, body) in self.memory.items()]
        return [*(line for pair in found for line in pair), "OK"]

    def _cmgr(self, place):
        head, body = self.memory.get(int(place), ("", ""))
        return [f"+CMGR: {head}", body, "OK"] if body else ["+CMS ERROR: 321"]

    def _cmgd(self, place):
        self.memory.pop(int(place), None)
        return ["OK"]


class ModemManager:
    """org.freedesktop.ModemManager1 with one modem. mood: accept, silent, half, or an error (name, text).

    facts: properties of the modem. sms: {path: properties} of what lies in it.
    """

    ROOT, PATH = "/org/freedesktop/ModemManager1", "/org/freedesktop/ModemManager1/Modem/0"

    def __init__(self, address):
        self.bus = MessageBus(bus_address=address)
        self.mood, self.sent, self.sms, self.calls = "accept", [], {}, []
        self.number, self.reference, self.plugged = 0, 0, True
        self.facts = {
            "State": Variant("i", 8),
            "UnlockRequired": Variant("u", 1),
            "StateFailedReason": Variant("u", 0),
            "SignalQuality": Variant("(ub)", [62, True]),
        }

    async def __aenter__(self):
        await self.bus.connect()
        self.bus.add_message_handler(self._answer)
        await self.bus.request_name(MM)
        return self

    async def __aexit__(self, *_):
        if self.bus.connected:
            self.bus.disconnect()
            await self.bus.wait_for_disconnect()

    def receive(self, number, text, state=3, kind=1, told=True, stamp="2026-11-21T21:04:00+01:00", **more):
        """A message (or a part of one: state 2, or with kind 3 a report) comes; its path."""
        facts = {"Number": Variant("s", number), "Text": Variant("s", text), "Timestamp": Variant("s", stamp)}
        facts |= {"State": Variant("u", state), "PduType": Variant("u", kind)}
        path = self._add(facts | {name: Variant("u", value) for name, value in more.items()})
        if told:
            self._signal(self.PATH, f"{MM}.Modem.Messaging", "Added", "ob", [path, True])
        return path

    def whole(self, path, text):
        """The last part of a long message is there."""
        self.sms[path] |= {"Text": Variant("s", text), "State": Variant("u", 3)}
        body = [f"{MM}.Sms", {"State": Variant("u", 3)}, []]
        self._signal(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "sa{sv}as", body)

    def report(self, number, reference, status):
        """A delivery report comes."""
        return self.receive(number, "", kind=3, MessageReference=reference, DeliveryState=status)

    def _add(self, facts):
        self.number += 1
        path = f"{self.ROOT}/SMS/{self.number}"
        self.sms[path] = facts
        return path

    def _signal(self, path, interface, member, signature, body):
        self.bus.send(Message.new_signal(path, interface, member, signature, body))

    def _answer(self, message):
        if message.message_type is not MessageType.METHOD_CALL or message.interface == "org.freedesktop.DBus":
            return None
        self.calls.append(message.member)
        return getattr(self, f"_{message.member}")(message)

    def _GetManagedObjects(self, message):  # noqa: N802
        network = {"RegistrationState": Variant("u", 1)}
        modem = {f"{MM}.Modem": self.facts, f"{MM}.Modem.Modem3gpp": network}
        return Message.new_method_return(
            message, "a{oa{sa{sv}}}", [{self.PATH: modem} if self.plugged else {}]
        )

    def _Create(self, message):  # noqa: N802
        return Message.new_method_return(message, "o", [self._add(dict(message.body[0]))])

    def _Send(self, message):  # noqa: N802
        if self.mood == "silent":
            return True
        if self.mood == "half":
            asyncio.get_running_loop().call_soon(self.bus.disconnect)
            return True
        if self.mood != "accept":
            return Message.new_error(message, *self.mood)
        facts = self.sms[message.path]
        self.reference = self.reference % 255 + 1
        facts["MessageReference"] = Variant("u", self.reference)
        wants = facts["delivery-report-request"].value
        self.sent.append(Sent(facts["number"].value, facts["text"].value, 0, wants))
        return Message.new_method_return(message)

    def _GetAll(self, message):  # noqa: N802
        if message.path not in self.sms:
            return Message.new_error(message, "org.freedesktop.DBus.Error.UnknownMethod", "no such object")
        return Message.new_method_return(message, "a{sv}", [self.sms[message.path]])

    def _List(self, message):  # noqa: N802
        return Message.new_method_return(message, "ao", [list(self.sms)])

    def _Delete(self, message):  # noqa: N802
        self.sms.pop(message.body[0], None)
        return Message.new_method_return(message)
