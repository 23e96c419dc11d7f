"""What +CMS ERROR and +CME ERROR mean, for people, and whether a second try can help. Pure.

Source: 3GPP TS 27.005, 3.2.5 (+CMS: 300-500); TS 24.011, E.2 (+CMS: 1-127, the network's cause); TS 23.040,
9.2.3.22 (+CMS: 128-255, the service centre's cause); TS 27.007, 9.2 (+CME).

For good is only what hangs on the number or on the message itself. What hangs on the SIM, the contract or the
network may be cured while an alarm waits, so it is tried again.
"""

from __future__ import annotations

import re

from agent.channels import Undelivered

NO_SIM = "there is no SIM card: put one in"
WANTS_PIN = "the SIM card wants its PIN: set it in the configuration, or switch it off with a telephone"
WRONG_PIN = "the SIM card's PIN is wrong: set the right one in the configuration"
WANTS_PUK = "the SIM card is locked and wants its PUK: unlock it with a telephone"
BAD_SIM = "the SIM card does not work: take it out and put it in again, or try another"
NO_NETWORK = "there is no network: move the device, or check its antenna"
BARRED = "the contract does not allow SMS to this number: ask the operator"
BUSY = "the network is busy"
UNREACHABLE = "the network cannot reach it now"
NO_SUCH_NUMBER = "this number does not exist"
NOT_UNDERSTOOD = "the network does not understand the message"
NO_CENTRE = "the SIM card does not know its SMS centre: set it with AT+CSCA"

MESSAGE = {
    1: NO_SUCH_NUMBER,
    8: BARRED,
    10: BARRED,
    17: UNREACHABLE,
    21: "the network rejects the message",
    22: BUSY,
    27: UNREACHABLE,
    28: "the network does not know this SIM card",
    29: "the network rejects the message",
    30: NO_SUCH_NUMBER,
    38: UNREACHABLE,
    41: UNREACHABLE,
    42: BUSY,
    47: BUSY,
    50: "the contract has no SMS: ask the operator",
    69: "the network knows no SMS",
    81: NOT_UNDERSTOOD,
    95: NOT_UNDERSTOOD,
    96: NOT_UNDERSTOOD,
    97: NOT_UNDERSTOOD,
    111: NOT_UNDERSTOOD,
    144: "the network does not take this alphabet",
    192: BUSY,
    193: "the contract has no SMS: ask the operator",
    194: UNREACHABLE,
    195: NO_SUCH_NUMBER,
    196: "this number takes no SMS",
    197: "the network has this message already",
    208: "the SIM card's memory is full",
    300: "the modem failed",
    301: "another program uses the modem",
    302: "the modem does not allow it now",
    303: "the modem cannot do it",
    304: "the modem does not understand the message",
    305: "the modem does not understand the message",
    310: NO_SIM,
    311: WANTS_PIN,
    312: "the modem is locked to another SIM card",
    313: BAD_SIM,
    314: "the SIM card is still starting",
    315: BAD_SIM,
    316: WANTS_PUK,
    320: "the modem's memory failed",
    322: "the modem's memory is full",
    330: NO_CENTRE,
    331: NO_NETWORK,
    332: "the network did not answer",
    500: "the modem says no, and not why",
}
"""+CMS ERROR: what it means."""

FOR_GOOD = frozenset({1, 30, 81, 95, 96, 97, 144, 195, 196, 197, 304, 305})
"""+CMS ERROR: no second try of this message to this number can help."""

EQUIPMENT = {
    0: "the modem failed",
    3: "the modem does not allow it now",
    4: "the modem cannot do it",
    10: NO_SIM,
    11: WANTS_PIN,
    12: WANTS_PUK,
    13: BAD_SIM,
    14: "the SIM card is still starting",
    15: BAD_SIM,
    16: WRONG_PIN,
    17: WANTS_PIN,
    18: WANTS_PUK,
    20: "the modem's memory is full",
    30: NO_NETWORK,
    31: "the network did not answer",
    32: "the network allows emergency calls only: ask the operator",
    100: "the modem says no, and not why",
}
"""+CME ERROR: what it means. None is for good."""

ERROR = re.compile(r"\+(CMS|CME) ERROR: *(\d+)")


def refusal(line: str) -> Undelivered:
    """A modem's last word (`+CMS ERROR: 42`, `ERROR` ...) as what the courier needs to know."""
    found = ERROR.match(line)
    if not found:
        return Undelivered(f"the modem refused ({line})")
    kind, code = found[1], int(found[2])
    meaning = (MESSAGE if kind == "CMS" else EQUIPMENT).get(code, "the modem refused")
    return Undelivered(f"{meaning} ({line})", retry=kind == "CME" or code not in FOR_GOOD)
