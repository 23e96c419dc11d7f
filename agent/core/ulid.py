"""ULID: 128 bits, 48 of milliseconds since 1970 and 80 of entropy, in Crockford's base 32.

Specification: github.com/ulid/spec. The entropy is a hash of a seed and a counter, so that the mind
stays pure and a replay names its incidents alike; a running daemon draws its seed by chance.
"""

from __future__ import annotations

from hashlib import sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid(wall: float, seed: str, count: int) -> str:
    """26 characters that sort by time; `wall` is Unix seconds, (seed, count) makes it unique."""
    entropy = sha256(f"{seed}:{count}".encode()).digest()[:10]
    number = (max(int(wall * 1000), 0) % 2**48 << 80) | int.from_bytes(entropy, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))
