"""Supervise: keeps one part of the agent alive, whatever it dies of.

Here stands the only `except Exception` of the house. A cancel passes through: it is no Exception, and
a part that answers a cancel with an error of its own is not started again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

STEADY_S = 60.0
"""A part that has lived this long is well again: its next fault counts as its first."""

FIRST_S = 1.0
LONGEST_S = 60.0

Report = Callable[[str, Exception | None], None]
"""Told of a part's every start (None) and end (what it died of), by the part's name."""


def pause_s(failures: int, rng: Random, first_s: float = FIRST_S, longest_s: float = LONGEST_S) -> float:
    """Seconds to wait after the n-th failure in a row (n >= 1): doubling, capped, jittered to 50-100 %.

    Jitter keeps devices that lost the same server from coming back all at once (Brooker, "Exponential
    Backoff And Jitter", 2015).
    """
    return min(longest_s, first_s * 2.0 ** min(failures - 1, 32)) * rng.uniform(0.5, 1.0)


async def supervise(
    name: str,
    work: Callable[[], Awaitable[None]],
    report: Report,
    rng: Random,
    longest_s: float = LONGEST_S,
) -> None:
    """Run `work` again and again until cancelled, with pauses of at most `longest_s`.

    Returning counts as a fault too.
    """
    loop, me, failures = asyncio.get_running_loop(), asyncio.current_task(), 0
    while me is not None and not me.cancelling():
        started = loop.time()
        report(name, None)
        fault: Exception
        try:
            await work()
            fault = RuntimeError(f"{name} returned")
        except Exception as error:  # noqa: BLE001 - the only one
            fault = error
        report(name, fault)
        failures = 1 if loop.time() - started > STEADY_S else failures + 1
        await asyncio.sleep(pause_s(failures, rng, longest_s=longest_s))
