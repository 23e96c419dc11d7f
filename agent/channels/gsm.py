"""SMS as the network has it: PDUs in hexadecimal as an AT modem takes and gives them. Pure.

Source: 3GPP TS 23.040: 9.2.2 (SMS-SUBMIT, SMS-DELIVER, SMS-STATUS-REPORT), 9.1.2.5 (addresses), 9.2.3
(fields); TS 27.005, 3.1 (the service centre's address before it: length 0 = the one of the SIM).
What came over the air may be anything: it is read with care, and ValueError says why it cannot be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from agent.channels.gsm_alphabet import EIGHT_BIT, GSM_7, UCS_2, letters, pack, scheme, septets, split, unpack

SUBMIT, RELATIVE_VALIDITY, REPORT_WANTED, HAS_HEADER = 0x01, 0x10, 0x20, 0x40
"""Bits of the first octet (9.2.3.1, 9.2.3.3, 9.2.3.5, 9.2.3.23)."""

ONE_DAY = 167
"""Validity (9.2.3.12.1): how long the network tries a telephone that is off."""

INTERNATIONAL, ALPHANUMERIC = 0x91, 0x50

CONCATENATED, CONCATENATED_16 = 0x00, 0x08
"""Elements of a header (9.2.3.24.1, 9.2.3.24.8): reference (1 byte, 2 bytes), parts, this part."""

TELETYPE = "0123456789*#abc"
"""Digits of an address (9.1.2.3); 15 fills the last byte."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """One PDU to be sent: its hexadecimal text, and its length in bytes as +CMGS wants it."""

    text: str
    length: int


@dataclass(frozen=True, slots=True)
class Received:
    """A message that came: from whom, what, when the network took it (Unix seconds), which part of what.

    part: (reference, parts, this one from 1), None when it stands alone.
    """

    number: str
    text: str
    wall: float
    part: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What became of the message that went out under `reference` (0..255): TP-Status, 9.2.3.15."""

    reference: int
    number: str
    status: int

    @property
    def delivered(self) -> bool:
        """Whether the telephone has it."""
        return self.status < 0x20

    @property
    def final(self) -> bool:
        """Whether the network has ended trying, in one way or the other."""
        return not 0x20 <= self.status < 0x40

    @property
    def why(self) -> str:
        """Why it has not arrived, in words."""
        return STATUS.get(self.status, "the network could not deliver it")


STATUS = {
    0x40: "the network could not reach the telephone",
    0x41: "the telephone cannot take such messages",
    0x42: "the telephone rejected the connection",
    0x43: "the telephone could not be obtained",
    0x44: "this service is not available there",
    0x45: "the telephone cannot be reached from this network",
    0x46: "the telephone was off for too long",
    0x47: "it was deleted by the sender",
    0x48: "it was deleted by the network",
    0x49: "the network does not know it",
}
"""Statuses that are an end without a delivery (9.2.3.15); 0x20-0x3F: the network goes on trying."""


def submit(number: str, text: str, reference: int = 0) -> list[Pdu]:
    """The PDUs that send `text` to an E.164 number; `reference` (0..255) holds parts together.

    Raises ValueError for a text of more than 255 parts.
    """
    parts, coding = split(text), scheme(text)
    return [
        _submit(number, part, coding, _header(parts, place, reference)) for place, part in enumerate(parts)
    ]


def _submit(number: str, text: str, coding: int, header: bytes) -> Pdu:
    first = SUBMIT | RELATIVE_VALIDITY | REPORT_WANTED | (HAS_HEADER if header else 0)
    fields = (
        bytes([first, 0]) + address(number) + bytes([0, coding, ONE_DAY]) + _user_data(text, coding, header)
    )
    return Pdu(f"00{fields.hex().upper()}", len(fields))


def _header(parts: list[str], place: int, reference: int) -> bytes:
    return b"" if len(parts) == 1 else bytes([5, CONCATENATED, 3, reference, len(parts), place + 1])


def _user_data(text: str, coding: int, header: bytes) -> bytes:
    """Length and content; the length counts septets or bytes, the header's included."""
    if coding == UCS_2:
        data = header + text.encode("utf-16-be", "surrogatepass")
        return bytes([len(data)]) + data
    codes, (before, fill) = septets(text), _septets_of(header)
    return bytes([before + len(codes)]) + header + pack(codes, fill)


def _septets_of(header: bytes) -> tuple[int, int]:
    """How many septets a header takes, and how many empty bits then complete the last of them."""
    count = (8 * len(header) + 6) // 7
    return count, 7 * count - 8 * len(header)


def address(number: str) -> bytes:
    """An international number: count of digits, type, two digits a byte, the first one low."""
    digits = number.removeprefix("+")
    pairs = digits + "f" * (len(digits) % 2)
    return bytes([len(digits), INTERNATIONAL]) + bytes.fromhex(_swapped(pairs))


def decode(text: str) -> Received | Report:
    """What a modem gave as a PDU. Raises ValueError for what is none, or of another kind."""
    data = bytes.fromhex(text.strip())
    octets = _Octets(data[1 + data[0] :] if data else b"")
    first = octets.one()
    match first & 0x03:
        case 0:
            return _deliver(octets, has_header=bool(first & HAS_HEADER))
        case 2:
            return _report(octets)
    raise ValueError("this is no message that a telephone receives")


def _deliver(octets: _Octets, *, has_header: bool) -> Received:
    number = octets.address()
    octets.take(1)
    coding, wall, length = alphabet(octets.one()), octets.wall(), octets.one()
    data = octets.rest()
    header = data[: 1 + data[0]] if has_header and data else b""
    part = _part(header[1:])
    if coding == GSM_7:
        before, fill = _septets_of(header)
        codes = unpack(data[len(header) :], max(0, length - before), fill)
        return Received(number, letters(codes), wall, part)
    if len(data) < length:
        raise ValueError("the message is cut off")
    content = data[len(header) : length]
    return Received(
        number, content.decode("utf-16-be" if coding == UCS_2 else "latin-1", "replace"), wall, part
    )


def _report(octets: _Octets) -> Report:
    reference, number = octets.one(), octets.address()
    octets.take(14)  # when it was taken, when it was delivered: our own clock will do
    return Report(reference, number, octets.one())


def alphabet(coding: int) -> int:
    """GSM_7, EIGHT_BIT or UCS_2, of any data coding scheme (TS 23.038, 4)."""
    if coding & 0xF0 == 0xF0:
        return EIGHT_BIT if coding & 0x04 else GSM_7
    if coding & 0x80:
        return UCS_2 if coding & 0xF0 == 0xE0 else GSM_7
    return {0x04: EIGHT_BIT, 0x08: UCS_2}.get(coding & 0x0C, GSM_7)


def _part(elements: bytes) -> tuple[int, int, int] | None:
    """What a header says of concatenation; other elements are passed over."""
    while len(elements) >= 2:
        kind, length = elements[0], elements[1]
        value, elements = elements[2 : 2 + length], elements[2 + length :]
        wanted = {CONCATENATED: 3, CONCATENATED_16: 4}.get(kind)
        if wanted == len(value):
            return int.from_bytes(value[:-2], "big"), value[-2], value[-1]
    return None


def _swapped(digits: str) -> str:
    return "".join(high + low for low, high in zip(digits[::2], digits[1::2], strict=True))


class _Octets:
    """Bytes, read from the front; ValueError where they end too early."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, count: int) -> bytes:
        if count > len(self._data):
            raise ValueError("the message is cut off")
        taken, self._data = self._data[:count], self._data[count:]
        return taken

    def one(self) -> int:
        return self.take(1)[0]

    def rest(self) -> bytes:
        return self.take(len(self._data))

    def address(self) -> str:
        """A number, `+` before it when it is international, or the name that some services have."""
        digits, kind = self.one(), self.one()
        data = self.take((digits + 1) // 2)
        if kind & 0x70 == ALPHANUMERIC:
            return letters(unpack(data, 4 * digits // 7))
        number = "".join(TELETYPE[int(digit, 16)] for digit in _swapped(data.hex())[:digits] if digit != "f")
        return f"+{number}" if kind & 0x70 == INTERNATIONAL & 0x70 else number

    def wall(self) -> float:
        """A time stamp (9.2.3.11), in Unix seconds; the zone counts quarters of an hour, bit 3: minus."""
        *fields, zone = self.take(7)
        year, month, day, hour, minute, second = (10 * (byte & 15) + (byte >> 4) for byte in fields)
        quarters = 10 * (zone & 7) + (zone >> 4)
        offset = timezone(timedelta(minutes=15 * (-quarters if zone & 8 else quarters)))
        return (
            datetime(2000 + year, month, day, hour, minute, second, tzinfo=offset).astimezone(UTC).timestamp()
        )


MOST_UNFINISHED = 16


class Joining:
    """Puts the parts of long messages together; those that never become whole are forgotten in time."""

    def __init__(self) -> None:
        self._parts: dict[tuple[str, int, int], dict[int, str]] = {}

    def add(self, came: Received) -> str | None:
        """The whole text once its last part is here."""
        if came.part is None:
            return came.text
        reference, count, place = came.part
        key = (came.number, reference, count)
        parts = self._parts.setdefault(key, {})
        parts[place] = came.text
        if len(parts) < count:
            while len(self._parts) > MOST_UNFINISHED:
                del self._parts[next(iter(self._parts))]
            return None
        del self._parts[key]
        return "".join(parts[place] for place in sorted(parts))
