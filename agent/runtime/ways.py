"""Ways: which ways to people are shut until somebody mends them: a wrong password, no credit, no right.

Nothing gets through such a way by trying harder, and whoever relies on it does not know. So it is told at
once by the other ways, shown on the device, and found by `doctor`; and told again when it has opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from agent.core.events import Event, Gap, Receipt
from agent.core.notice import Address
from agent.core.trouble import way
from agent.runtime.board import Health
from agent.runtime.clock import Clock


@dataclass(frozen=True, slots=True)
class Ways:
    """Hears what becomes of every message. shut: the addresses behind a shut way, each with why."""

    clock: Clock
    report: Callable[[Health], None]
    put: Callable[[Event], None]
    shut: dict[Address, Receipt] = field(default_factory=dict)

    def carried(self, receipt: Receipt) -> None:
        """A courier's word: to the mind, and where a way is shut or open again, as a gap in what works.

        The mind tells of it whoever is concerned (core/escalation.py): the first tier, whoever knows of the
        open incident, and the broadcast.
        """
        self.put(receipt)
        to = Address(receipt.channel, receipt.recipient)
        before = to.channel in self.told()
        if receipt.cure:
            self.shut[to] = receipt
        elif receipt.outcome == "accepted":
            self.shut.pop(to, None)
        now = self.told().get(to.channel)
        if now or before:
            self._tell(to.channel, now)

    def told(self) -> dict[str, Receipt]:
        """The channels that are shut, to one recipient at least, each with the newest word on it."""
        return {to.channel: receipt for to, receipt in self.shut.items()}

    def _tell(self, channel: str, word: Receipt | None) -> None:
        at = self.clock.now()
        state, why, cure = ("faulty", word.why, word.cure) if word else ("ok", "", "")
        self.report(Health(channel, state, at, why, cure))
        words = f"{why}: {cure}" if word else ""
        self.put(Gap(at, way(channel), open=word is not None, why=words))
