"""A lamp, buzzer or vibration motor on a GPIO pin: shows the wearer one state as a pattern, without opinion.

Two tables are all there is: LIGHT may go on for hours, TOUCH (buzzer, motor) speaks up and falls silent,
except while the wearer is asked to answer. The patterns differ in rhythm, to be told apart through a pocket,
and flash no more than three times a second, as that may provoke seizures (WCAG 2.2, 2.3.1).
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle

from sensors.gpio import Output, opened_output

NAME = "lamp"


@dataclass(frozen=True, slots=True)
class Pattern:
    """Seconds on, off, on, off ...; `again`: from the start when it has ended, otherwise off."""

    steps_s: tuple[float, ...] = ()
    again: bool = False


DARK = Pattern()
DOTS, DASHES = (0.2, 0.2, 0.2, 0.2, 0.2, 0.6), (0.6, 0.2, 0.6, 0.2, 0.6, 0.6)
"""S and O in Morse (ITU-R M.1677): a dash is three dots long, the pause after a letter too."""

LIGHT = {
    "calm": DARK,
    "warned": Pattern((0.2, 0.2), again=True),
    "sent": Pattern((0.2, 0.2, 0.2, 1.4), again=True),
    "delivered": Pattern((1.0, 1.0), again=True),
    "answered": Pattern((3.0, 0.5), again=True),
    "trouble": Pattern((0.1, 4.9), again=True),
    "outcry": Pattern((*DOTS, *DASHES, *DOTS[:-1], 1.4), again=True),
}
TOUCH = {
    "calm": DARK,
    "warned": Pattern((0.4, 0.4), again=True),
    "sent": Pattern((0.2, 0.2, 0.2)),
    "delivered": Pattern((0.2, 0.2, 0.2, 0.2, 0.8)),
    "answered": Pattern((1.5, 0.4, 1.5)),
    "trouble": Pattern((0.8, 0.4, 0.2)),
}
"""calm: nothing open. warned: a countdown runs, the wearer may cancel. sent: the alarm has left. delivered:
a caregiver's device has it. answered: somebody is coming. trouble: a part of the agent does not work.
outcry: SOS for bystanders, which only a light may show; a pocket is no place for it."""


class Lamp:
    """One output on GPIO `pin` (BCM number) with its table of patterns; calm until told otherwise."""

    def __init__(self, pin: int, patterns: dict[str, Pattern] = LIGHT) -> None:
        self._pin = pin
        self._patterns = patterns
        self._pattern = DARK
        self._changed = asyncio.Event()

    def show(self, state: str) -> None:
        """Show another state from now on; the same one does not start anew. KeyError if it has no pattern."""
        pattern = self._patterns[state]
        if pattern is not self._pattern:
            self._pattern = pattern
            self._changed.set()

    async def run(self) -> None:
        """Play the state's pattern until cancelled, then go dark; SensorLost when there is no such pin."""
        with opened_output(NAME, self._pin) as output:
            try:
                while True:
                    self._changed.clear()
                    await self._play(output, self._pattern)
            finally:  # a pin that is given back floats, and may glow on
                output.off()

    async def _play(self, output: Output, pattern: Pattern) -> None:
        """Play until another state is to be shown."""
        lit = False
        for step_s in cycle(pattern.steps_s) if pattern.again else pattern.steps_s:
            lit = not lit
            (output.on if lit else output.off)()
            if await self._changed_within(step_s):
                return
        output.off()
        await self._changed.wait()

    async def _changed_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        return self._changed.is_set()
