"""SMS as lines of AT commands, in the two modes that modems have: PDU, and text for those without it. Pure.

Source: 3GPP TS 27.005: 3.2.3 (+CMGF), 3.3 and 3.4 (text mode), 4 (PDU mode); TS 27.007, 5.5 (+CSCS). In text
mode all that people wrote passes as UCS-2 in hexadecimal, as only that is the same with every modem; a long
text is several messages there, since text mode knows no header that would hold them together.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from agent.channels.gsm import (
    ONE_DAY,
    RELATIVE_VALIDITY,
    REPORT_WANTED,
    SUBMIT,
    Received,
    Report,
    decode,
    submit,
)
from agent.channels.gsm_alphabet import scheme, split

STATUS_REPORT = 0x02


@dataclass(frozen=True, slots=True)
class Draft:
    """What sends one part: commands beforehand, the command that a prompt answers, what is put there."""

    before: tuple[str, ...]
    command: str
    body: str


@dataclass(frozen=True, slots=True)
class Mode:
    """How a modem is spoken to. `drafts(number, text, reference)`; `read(header, body)` raises ValueError."""

    setup: tuple[str, ...]
    everything: str
    drafts: Callable[[str, str, int], list[Draft]]
    read: Callable[[str, str], Received | Report]


def pdu_drafts(number: str, text: str, reference: int) -> list[Draft]:
    """In PDU mode: one for each part."""
    return [Draft((), f"AT+CMGS={pdu.length}", pdu.text) for pdu in submit(number, text, reference)]


def read_pdu(_header: str, body: str) -> Received | Report:
    """In PDU mode the header says nothing that is not in the body."""
    return decode(body)


def text_drafts(number: str, text: str, _reference: int) -> list[Draft]:
    """In text mode: one for each part, with the alphabet set beforehand."""
    first = SUBMIT | RELATIVE_VALIDITY | REPORT_WANTED
    before = (f"AT+CSMP={first},{ONE_DAY},0,{scheme(text)}",)
    return [Draft(before, f'AT+CMGS="{to_hex(number)}"', to_hex(part)) for part in split(text)]


def read_text(header: str, body: str) -> Received | Report:
    """In text mode: `+CMT: number,,time`, `+CMGR: state,number,,time`, `+CMGL: place,state,...` and a text.

    A report has no body: first octet, reference, number, its type, two times, status, wherever they begin.
    """
    fields = [
        field.strip('"') for field in re.findall(r'"[^"]*"|[^,"]+|(?<=,)(?=,)', header.partition(":")[2])
    ]
    fields = [field.strip() for field in fields]
    times = [place for place, field in enumerate(fields) if re.match(r"\d\d/\d\d/\d\d,", field)]
    if len(times) == 2 and times[0] >= 4 and len(fields) > times[1] + 1:
        reference, number = fields[times[0] - 3 : times[0] - 1]
        return Report(_count(reference), _number(number), _count(fields[times[1] + 1]))
    if len(times) == 1 and times[0] >= 2:
        return Received(_number(fields[times[0] - 2]), from_hex(body), _wall(fields[times[0]]))
    raise ValueError("the modem gave a message in a form that is not known")


def to_hex(text: str) -> str:
    """UCS-2 in hexadecimal."""
    return text.encode("utf-16-be", "surrogatepass").hex().upper()


def from_hex(text: str) -> str:
    """The text of UCS-2 in hexadecimal; as it stands where it is none."""
    if re.fullmatch(r"(?:[0-9A-Fa-f]{4})+", text):
        return bytes.fromhex(text).decode("utf-16-be", "replace")
    return text


def _number(field: str) -> str:
    """Some modems write numbers as they are; a digit in UCS-2 begins with 00."""
    return from_hex(field) if re.fullmatch(r"(?:00[0-9A-Fa-f]{2})+", field) else field


def _count(field: str) -> int:
    if not re.fullmatch(r"\d{1,3}", field):
        raise ValueError(f"the modem gave {field!r} for a number")
    return int(field)


def _wall(field: str) -> float:
    """`26/11/21,21:04:00+04` in Unix seconds; the zone counts quarters of an hour."""
    quarters = timedelta(minutes=15 * int(field[17:] or 0))
    return datetime.strptime(field[:17], "%y/%m/%d,%H:%M:%S").replace(tzinfo=timezone(quarters)).timestamp()


PDU_MODE = Mode(("AT+CMGF=0",), "AT+CMGL=4", pdu_drafts, read_pdu)
TEXT_MODE = Mode(("AT+CMGF=1", 'AT+CSCS="UCS2"'), 'AT+CMGL="ALL"', text_drafts, read_text)
