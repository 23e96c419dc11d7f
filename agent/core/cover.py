"""Cover: after a duress PIN, what the mind would be had it been the right PIN.

Whoever forces a PIN out of somebody watches what the device does next, and may know what it does after the
right one: an alarm that is out goes on, a pause pauses, a new scream asks again. So the device shows a second
mind, which has heard the same events, the duress PIN alone as what it posed as. Its notices go to nobody. It
ends with the incident that it covers, which caregivers alone can end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from agent.core.deliveries import WAITING, Deliveries, progress
from agent.core.events import Event, Gap, Press, Receipt
from agent.core.mind import Watch
from agent.core.notice import Notice
from agent.core.trouble import WAY

Fold = Callable[[Watch, Event], tuple[Watch, tuple[Notice, ...]]]
"""One step of a mind by its policy."""


def covered(before: Watch, after: Watch, event: Event, fold: Fold) -> Watch:
    """The mind after an event with its cover, which it has while the wearer is forced to anything."""
    if after.incident is None or not after.incident.duress:
        return replace(after, cover=None) if after.cover else after
    seen, posed = before.cover or before, as_posed(event)
    if posed is not None:
        seen = fold(seen, posed)[0]
    if progress(after.deliveries, after.incident.id) != WAITING:
        seen = _sent(seen, after.deliveries, fold)
    return replace(after, cover=seen)


def as_posed(event: Event) -> Event | None:
    """An event as whoever looks on takes it.

    None for a duress PIN that came with what was refused, and for what a message has met on its way: none
    should have left.
    """
    if isinstance(event, Gap) and event.part.startswith(WAY):
        return None
    if not isinstance(event, Press) or event.action != "duress":
        return event
    return replace(event, action=event.poses) if event.poses else None


def _sent(seen: Watch, truly: Deliveries, fold: Fold) -> Watch:
    """What the cover pretends to tell seems to be taken, once what is really told is."""
    known = {(delivery.incident_id, delivery.seq) for delivery in truly}
    for delivery in seen.deliveries:
        if (delivery.incident_id, delivery.seq) in known:
            continue
        for to in (outcome.to for outcome in delivery.outcomes if outcome.state == WAITING):
            key = delivery.incident_id, delivery.seq, to.channel, to.recipient
            seen = fold(seen, Receipt(seen.at, *key, "accepted"))[0]
    return seen
