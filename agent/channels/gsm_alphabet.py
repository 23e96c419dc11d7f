"""The alphabets of SMS: GSM 7 bit, packed eight letters into seven bytes, and UCS-2. Pure.

Source: 3GPP TS 23.038: 6.1.2 (packing), 6.2.1 (the alphabet), 4 (data coding scheme); TS 23.040,
9.2.3.24.1 (concatenation). Whatever the GSM alphabet lacks makes the whole message UCS-2.
"""

from __future__ import annotations

from collections.abc import Iterator

ESCAPE = "\x1b"
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The letter of each code 0..127; 27 announces one of the extension table."""

EXTENSION = {"\f": 10, "^": 20, "{": 40, "}": 41, "\\": 47, "[": 60, "~": 61, "]": 62, "|": 64, "€": 101}
"""Each takes the room of two: an escape and this code."""

CODES = {letter: bytes([code]) for code, letter in enumerate(BASIC) if letter != ESCAPE} | {
    letter: bytes([27, code]) for letter, code in EXTENSION.items()
}
LETTERS = {code: letter for letter, code in EXTENSION.items()}

GSM_7, EIGHT_BIT, UCS_2 = 0, 4, 8
"""Data coding schemes that we send, and the one that others may send too."""

ALONE = {GSM_7: 160, UCS_2: 70}
A_PART = {GSM_7: 153, UCS_2: 67}
"""Room for letters (septets, UTF-16 units) in a message by itself, and in a part of a longer one."""

MOST_PARTS = 255
"""A concatenated message counts its parts in one byte."""


def scheme(text: str) -> int:
    """GSM_7 when each letter is of its alphabet, otherwise UCS_2."""
    return GSM_7 if all(letter in CODES for letter in text) else UCS_2


def split(text: str) -> list[str]:
    """The parts in which it is sent: one, or as many as must be. ValueError when they are over MOST_PARTS.

    Letters that take two places (escapes, surrogate pairs) are never cut in two.
    """
    coding = scheme(text)
    if _room_taken(text, coding) <= ALONE[coding]:
        return [text]
    parts = list(_cut(text, coding, A_PART[coding]))
    if len(parts) > MOST_PARTS:
        raise ValueError(f"a text of {len(text)} letters is too long for an SMS")
    return parts


def septets(text: str) -> bytes:
    """A code a byte. ValueError for a letter that the alphabet lacks."""
    try:
        return b"".join(CODES[letter] for letter in text)
    except KeyError as error:
        raise ValueError(f"the GSM alphabet lacks {error.args[0]!r}") from None


def letters(codes: bytes) -> str:
    """The text of codes 0..127; an unknown extension is read as the basic letter (TS 23.038, 6.2.1.1)."""
    text, escaped = [], False
    for code in codes:
        if code == 27 and not escaped:
            escaped = True
            continue
        text.append(LETTERS.get(code, BASIC[code]) if escaped else BASIC[code])
        escaped = False
    return "".join(text)


def pack(codes: bytes, fill: int = 0) -> bytes:
    """Seven bits a code, lowest first, after `fill` empty bits (0..6) that complete a header."""
    bits = sum(code << (fill + 7 * place) for place, code in enumerate(codes))
    return bits.to_bytes((fill + 7 * len(codes) + 7) // 8, "little")


def unpack(data: bytes, count: int, fill: int = 0) -> bytes:
    """`count` codes out of packed bytes. ValueError when there are fewer."""
    if fill + 7 * count > 8 * len(data):
        raise ValueError("the message is cut off")
    bits = int.from_bytes(data, "little") >> fill
    return bytes((bits >> 7 * place) & 127 for place in range(count))


def _room_taken(text: str, coding: int) -> int:
    return len(septets(text)) if coding == GSM_7 else len(text.encode("utf-16-be", "surrogatepass")) // 2


def _cut(text: str, coding: int, room: int) -> Iterator[str]:
    part, taken = "", 0
    for letter in text:
        size = _room_taken(letter, coding)
        if taken + size > room:
            yield part
            part, taken = "", 0
        part, taken = part + letter, taken + size
    yield part
