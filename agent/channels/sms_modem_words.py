"""What ModemManager says, in words for people: a modem's state, and D-Bus errors. Pure.

Source: ModemManager D-Bus reference, flags and enumerations (MMModemState, MMModemLock, MMMessageError ...).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from agent.channels import Undelivered
from agent.channels.gsm_faults import (
    BAD_SIM,
    EQUIPMENT,
    FOR_GOOD,
    MESSAGE,
    NO_NETWORK,
    NO_SIM,
    WANTS_PIN,
    WANTS_PUK,
)

MM = "org.freedesktop.ModemManager1"
BUS = "org.freedesktop.DBus"

Facts = dict[str, Any]
"""An object's properties, by name."""

REGISTERED = 8
"""MMModemState: this and above (connecting, connected) can send."""
STATES = {
    0: "the modem is still starting",
    1: "the modem is still starting",
    3: "the modem is switched off: run `mmcli -m any -e`",
    4: "the modem is being switched off",
    5: "the modem is being switched on",
    6: NO_NETWORK,
    7: "the modem is searching for a network: move the device, or check its antenna",
}
LOCKED, FAILED = 2, -1
LOCKS = {2: WANTS_PIN, 4: WANTS_PUK}
"""MMModemLock."""
FAILURES = {2: NO_SIM, 3: BAD_SIM}
"""MMModemStateFailedReason."""
HOME = {1: "registered at home", 5: "roaming", 6: "registered for SMS", 7: "roaming for SMS"}
"""MMModem3gppRegistrationState."""


NO_MODEM = "there is no modem: plug it in, and see what `mmcli -L` says"
NOT_RUNNING = "ModemManager does not run: apt install modemmanager"
FORBIDDEN = f"it may not be used by this user: allow {MM}.Messaging in polkit"
CURES = {
    f"{BUS}.Error.ServiceUnknown": NOT_RUNNING,
    f"{BUS}.Error.NameHasNoOwner": NOT_RUNNING,
    f"{BUS}.Error.NoReply": "ModemManager ended: it will be started again",
    f"{BUS}.Error.UnknownMethod": NO_MODEM,
    f"{BUS}.Error.UnknownObject": NO_MODEM,
    f"{BUS}.Error.AccessDenied": FORBIDDEN,
    f"{MM}.Error.Core.Unauthorized": FORBIDDEN,
    f"{MM}.Error.Core.WrongState": "the modem is not ready to send",
}
"""D-Bus errors, and what to do about them."""

CODES = {
    "MeFailure": 300,
    "SmsServiceReserved": 301,
    "NotAllowed": 302,
    "NotSupported": 303,
    "InvalidPduParameter": 304,
    "InvalidTextParameter": 305,
    "SimNotInserted": 310,
    "SimPin": 311,
    "PhSimPin": 312,
    "SimFailure": 313,
    "SimBusy": 314,
    "SimWrong": 315,
    "SimPuk": 316,
    "MemoryFailure": 320,
    "MemoryFull": 322,
    "SmscAddressUnknown": 330,
    "NoNetwork": 331,
    "NetworkTimeout": 332,
}
"""Errors named `...Error.Message.X`, as the numbers that TS 27.005 gives them (MMMessageError)."""
EQUIPMENT_CODES = {"NetworkNotAllowed": 32, "NoNetwork": 30, "NetworkTimeout": 31, "SimNotInserted": 10}
"""The same of `...Error.MobileEquipment.X`, TS 27.007 (MMMobileEquipmentError)."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """How ModemManager says no: a D-Bus error's name and its text."""

    name: str
    text: str

    @property
    def words(self) -> str:
        """Why, for people."""
        code, nick = self._code(), self.name.rpartition(".")[2]
        known = CURES.get(self.name) or MESSAGE.get(code) or EQUIPMENT.get(EQUIPMENT_CODES.get(nick, -1))
        return known or f"ModemManager refuses: {' '.join(self.text.split())[:200] or self.name}"

    def undelivered(self) -> Undelivered:
        """For the courier: whether a second try can help."""
        invalid = self.name == f"{MM}.Error.Core.InvalidArgs"
        return Undelivered(self.words, retry=not invalid and self._code() not in FOR_GOOD)

    def _code(self) -> int:
        """The number that 3GPP gives it; ModemManager leaves those below 300 to its text."""
        if f"{MM}.Error.Message." not in self.name:
            return -1
        told = re.search(r"(?:message error|code):? (\d{1,3})\b", self.text)
        return CODES.get(self.name.rpartition(".")[2], int(told[1]) if told else -1)


def trouble(modem: Facts) -> str:
    """Why a modem cannot send, by its properties, in words."""
    state = modem.get("State", 0)
    if state == LOCKED:
        return LOCKS.get(modem.get("UnlockRequired", 0), WANTS_PIN)
    if state == FAILED:
        return FAILURES.get(modem.get("StateFailedReason", 0), "the modem failed: switch it off and on again")
    return STATES.get(state, NO_NETWORK)


def registration(modem: Facts, network: Facts) -> str:
    """How a modem that can send is registered, and its signal, in words."""
    state, quality = network.get("RegistrationState", 0), modem.get("SignalQuality", [0])[0]
    return f"{HOME.get(state, 'registered')}, signal {quality} %"
