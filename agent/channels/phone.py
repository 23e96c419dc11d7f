"""Telephone numbers as machines write them. Pure."""

from __future__ import annotations

import re

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""ITU-T E.164 (11/2010), 6: country code first, at most 15 digits; fewer than 7 reach nobody abroad."""


def e164(number: str) -> str:
    """The number without the spaces, dots, hyphens, slashes and brackets people write: +491701234567.

    Raises ValueError, with a sentence for people, where it is no international number.
    """
    plain = re.sub(r"[ ().\-/]", "", number)
    if not E164.fullmatch(plain):
        raise ValueError(
            f"{number!r} is no international telephone number: write + and country code, as in +491701234567"
        )
    return plain
