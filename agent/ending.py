"""Ending: whether the device goes on when its program is told to end: a restart by hand, or its own shutdown.

A service that is restarted for an upgrade is no reason to wake anybody, a device that is switched off is. The
system's manager knows: it says `stopping` from the moment that a shutdown is asked for (systemctl(1),
is-system-running). Where it does not answer in time, or there is none, the device may be going: then that is
told, as loudly as ever.
"""

from __future__ import annotations

import asyncio
from asyncio.subprocess import DEVNULL, PIPE

ASKED_S = 0.5
"""Longest wait for the answer: all must be over 2 s after the order to end."""

GOES_ON = (b"initializing", b"starting", b"running", b"degraded", b"maintenance")


async def device_goes_on() -> bool:
    """Whether only this program ends; False too where nobody can tell."""
    try:
        asked = await asyncio.create_subprocess_exec(
            "systemctl", "is-system-running", stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(ASKED_S):
            said, _ = await asked.communicate()
    except TimeoutError:
        asked.kill()
        await asked.wait()
        return False
    return said.strip() in GOES_ON
