"""Intake: what a band notifies, sifted into readings: no I/O.

Doubled notifications (BlueZ may send them after a reconnect, bleak issue 2002) and malformed ones are counted
and dropped. Only a report that tells something is a sign of life; a battery level is none. A band that is not
worn, or that will soon be empty, says so here; that it is gone is seen by the age of its data.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from math import inf

from sensors import Emit
from sensors.readings import Loss, Vitals
from sensors.wire.gatt import Reader

NAME = "band"
DOUBLE_S = 0.1
"""Equal bytes within this are one notification that came twice: the quickest reports are 0.25 s apart."""
OFF_S = 10.0
"""A contact bit may flicker for this long before the band counts as taken off."""
LOW, WELL = 0.15, 0.20
"""Charge under which it is told, and over which it is no more."""

NOT_WORN = "not worn: put it on, snug against the skin"


class Intake:
    """One band's notifications, over all its connections. `counts`: reports, doubled, malformed, empty.

    newest: when the newest valid report came, or the connection began. garbled: how many came since then
    that could not be read. battery: 0..1 as last told.
    """

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self.readers = readers
        self.counts: Counter[str] = Counter()
        self.newest = -inf
        self.garbled = 0
        self.battery: float | None = None
        self._last: dict[str, tuple[bytes, float]] = {}
        self._contacts: dict[str, bool] = {}
        self._off_at: float | None = None
        self._told: set[str] = set()

    def begin(self, at: float) -> None:
        """A new connection: what the one before said last is no measure for it."""
        self.newest, self.garbled, self._off_at = at, 0, None
        self._told.discard(NAME)
        self._last.clear()
        self._contacts.clear()

    @property
    def low(self) -> bool:
        """Whether the band told that it is nearly empty."""
        return self.battery is not None and self.battery <= LOW

    def take(self, at: float, uuid: str, data: bytes, emit: Emit) -> None:
        """One notification of the characteristic `uuid`, at loop time `at`: emit what it is."""
        before, came_at = self._last.get(uuid, (None, -inf))
        self._last[uuid] = data, at
        if data == before and at - came_at < DOUBLE_S:
            self.counts["doubled"] += 1
            return
        try:
            vitals = self.readers[uuid](at, data)
        except ValueError:
            self.counts["malformed"] += 1
            self.garbled += 1
            return
        self._told_by(vitals, uuid, emit)

    def _told_by(self, vitals: Vitals, uuid: str, emit: Emit) -> None:
        if vitals.battery is not None:
            self.charge(vitals.at, vitals.battery, emit)
        if vitals.contact is not None:
            self._contacts[uuid] = vitals.contact
        if not tells(vitals):
            self.counts["empty"] += vitals.battery is None
            return
        self.newest, self.garbled = vitals.at, 0
        self.counts["reports"] += 1
        # Each report says what is known of contact: one part of the band may feel the skin and one not.
        contact = any(self._contacts.values()) if self._contacts else None
        emit(replace(vitals, contact=contact, battery=self.battery))
        self._wear(vitals.at, contact, emit)

    def charge(self, at: float, battery: float, emit: Emit) -> None:
        """The band's charge, 0..1, by whatever way it was told."""
        self.battery = battery
        if battery <= LOW:
            self._loss(at, f"{NAME} battery", f"only {battery:.0%} left: charge the band", emit)
        elif battery >= WELL:
            self._found(at, f"{NAME} battery", emit)

    def _wear(self, at: float, contact: bool | None, emit: Emit) -> None:
        if contact is not False:
            self._off_at = None
            self._found(at, NAME, emit)
        elif self._off_at is None:
            self._off_at = at
        elif at - self._off_at >= OFF_S:
            self._loss(at, NAME, NOT_WORN, emit)

    def _loss(self, at: float, part: str, why: str, emit: Emit) -> None:
        if part not in self._told:
            self._told.add(part)
            emit(Loss(at, part, True, why))

    def _found(self, at: float, part: str, emit: Emit) -> None:
        if part in self._told:
            self._told.remove(part)
            emit(Loss(at, part, False))


def tells(vitals: Vitals) -> bool:
    """Whether a report says anything of the wearer; that it is not worn is something."""
    values = (vitals.bpm, vitals.microsiemens, vitals.g, vitals.systolic_mmhg)
    return bool(vitals.rr_s) or vitals.contact is False or any(value is not None for value in values)
