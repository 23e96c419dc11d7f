"""Links: a signed word by which one person answers one message, without an app or an account. Pure.

A token is 52 letters: 39 octets in URL-safe base 64 (RFC 4648, 5). In them stand the incident (a ULID's 128
bits), the message's seq, which link of that message it is, and when it expires, then HMAC-SHA256 over all
this and the recipient's name, cut to 128 bits (RFC 2104, 5). The name itself is not in it: it is found by
trying everybody who may answer. So a token tells nothing of people, and dies with its owner's contact.
"""

from __future__ import annotations

import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass

from agent.core.ulid import ALPHABET

LASTS_S = 24 * 3600
"""A link is good for a day from its message on: an incident is over long before."""

KEY_BYTES = 32
PROOF_BYTES = 16
FIELDS = struct.Struct(">16sHBI")
"""Incident, seq, turn, expiry; big-endian."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What a token stands for. `turn`: 0 in the message, 1 on the page that follows; `expires`: Unix s."""

    incident_id: str
    seq: int
    turn: int
    expires: int
    name: str


def sign(key: bytes, claim: Claim) -> str:
    """The token of a claim. Raises ValueError where the incident has no ULID."""
    number = 0
    for letter in claim.incident_id:
        number = number << 5 | ALPHABET.index(letter)
    facts = FIELDS.pack(number.to_bytes(16), claim.seq, claim.turn, claim.expires)
    return urlsafe_b64encode(facts + _proof(key, facts, claim.name)).decode()


def read(key: bytes, token: str, names: Iterable[str]) -> Claim:
    """The claim of a token that is ours, expired or not. Raises ValueError for every other text."""
    octets = _octets(token)
    facts, proof = octets[: FIELDS.size], octets[FIELDS.size :]
    for name in names:
        if hmac.compare_digest(proof, _proof(key, facts, name)):
            number, seq, turn, expires = FIELDS.unpack(facts)
            return Claim(_ulid(int.from_bytes(number)), seq, turn, expires, name)
    raise ValueError("the link is none of ours")


def _octets(token: str) -> bytes:
    """Exactly what `sign` wrote: base 64 has more than one way to write the same, and one is enough."""
    try:
        octets = urlsafe_b64decode(token.encode("ascii"))
    except ValueError:
        octets = b""
    if len(octets) != FIELDS.size + PROOF_BYTES or urlsafe_b64encode(octets).decode() != token:
        raise ValueError("the link is not whole")
    return octets


def _proof(key: bytes, facts: bytes, name: str) -> bytes:
    return hmac.digest(key, facts + name.encode(), "sha256")[:PROOF_BYTES]


def _ulid(number: int) -> str:
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
