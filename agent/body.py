"""The body: what touches the world - sensors, who looks after them, the senses, siren and lamp.

Readings come in, events go to the inbox. Sound and pictures wait in slots for a thread of their own; what
takes no time is looked at at once.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from agent.plan import Plan
from agent.runtime.attend import attend
from agent.runtime.board import Board, Health
from agent.runtime.guard import Inbox
from agent.runtime.keep import keep, read
from agent.runtime.showing import showing, sounding
from agent.runtime.slot import Slot
from agent.runtime.vigil import Life, parted, vigil
from agent.senses.perception import Senses
from agent.wording.perceiving import perceiving
from sensors import SensorLost
from sensors.readings import Frame, Loss, Reading, Sound
from sensors.siren import Siren

SOUND_BLOCKS = 50
"""Five seconds of sound: a sense that is further behind had better hear the present."""

BESIDE = ("band battery", "lamp")
"""Parts of the body that are no sensors; what is wrong with them is told alike."""

Work = Callable[[], Awaitable[None]]

log = logging.getLogger("distress_agent")


class Body:
    """Sensors and senses of a plan. Raises ModelUnfit where a model of the plan must not be used.

    lives: how each sensor does; parts_told: whose health wearer and caregivers are told.
    """

    def __init__(self, plan: Plan, board: Board, inbox: Inbox) -> None:
        self.plan, self.board, self.inbox = plan, board, inbox
        self.usual = plan.folder / "usual.json"
        self.senses = self._senses()
        self.sound = Slot(SOUND_BLOCKS)
        self.sight = Slot(1)
        now = plan.clock.now()
        self.lives = {name: Life(name, driver.limit_s, now) for name, driver in plan.sensors.items()}
        self.parts_told = frozenset((*plan.sensors, *BESIDE))
        self._perceives = ""

    def _senses(self) -> Senses:
        """The senses, with what they had learnt of their wearer before the restart."""
        try:
            return self.plan.new_senses(read(self.usual))
        except ValueError as error:
            log.warning("%s: the usual values are learnt anew: %s", self.usual, error)
            return self.plan.new_senses(None)

    def parts(self) -> dict[str, Work]:
        """All that turns here, by name: each is run under supervise."""
        plan = self.plan
        parts: dict[str, Work] = {"hearing": lambda: attend(self.sound, self.senses.take, self.inbox)}
        if self.senses.seeing:
            parts["sight"] = lambda: attend(self.sight, self.senses.take, self.inbox)
        if self.senses.feeling:
            parts["usual values"] = partial(keep, self.usual, self.senses.feeling.baseline.shown)
        for name, driver in plan.sensors.items():
            parts[name] = partial(driver.sensor.run, partial(self.emit, name))
        if plan.sensors:
            parts["vigil"] = lambda: vigil(self.lives.values(), plan.clock, self.inbox, self.perceived)
        if plan.policy.at_alarm == "siren":
            siren = Siren()
            parts["siren"] = siren.run
            parts["siren's state"] = partial(sounding, self.board, plan.policy, siren.show)
        if plan.lamp:
            parts["lamp"] = plan.lamp.run
            parts["lamp's state"] = partial(showing, self.board, plan.policy, plan.lamp.show)
        return parts

    async def looked(self) -> None:
        """Return when all sound and pictures that were put in so far have been looked at."""
        await self.sound.join()
        await self.sight.join()

    def emit(self, name: str, reading: Reading) -> None:
        """A sensor's reading: sound and pictures wait in slots for a thread, the rest is felt at once."""
        if isinstance(reading, Loss) and self._warned(reading):
            return
        if name in self.lives and not isinstance(reading, Loss):
            self.lives[name].seen(self.plan.clock.now())
            self.board.newest[name] = self.lives[name].newest
        if isinstance(reading, Sound):
            self.sound.put(reading)
        elif isinstance(reading, Frame) and self.senses.seeing:
            self.sight.put(reading)
        else:
            self._felt(reading)

    def _felt(self, reading: Reading) -> None:
        """What takes no time is looked at here; the body's usual values rest during an incident."""
        if self.senses.feeling:
            self.senses.feeling.baseline.frozen = self.board.watch.incident is not None
        for event in self.senses.take(reading):
            self.inbox.put_nowait(event)

    def _warned(self, loss: Loss) -> bool:
        """A driver's word on what its readings are worth; False for one on something else: its battery."""
        why = loss.why if loss.lost else ""
        if loss.sensor in self.lives:
            self.lives[loss.sensor].told(why)
            return True
        now = self.plan.clock.now()
        self.board.report(Health(loss.sensor, "faulty" if loss.lost else "ok", now, *parted(why)))
        return False

    def perceived(self, health: Health) -> None:
        """What the vigil sees; the log says what can no longer be perceived."""
        self.board.report(health)
        now = perceiving(self.conditions())
        if now != self._perceives:
            self._perceives = now
            log.warning("%s", now or "all sensors work")

    def turned(self, sensor: str, fault: Exception | None) -> None:
        """What supervise tells of a sensor's start (None) and end."""
        if fault is None:
            self.lives[sensor].started(self.plan.clock.now())
        else:
            self.lives[sensor].ended(fault.why if isinstance(fault, SensorLost) else str(fault))

    def usual_values(self) -> dict[str, Any]:
        """What the stress sense has learnt of its wearer."""
        return dict(self.senses.feeling.baseline.shown()) if self.senses.feeling else {}

    def forget(self) -> dict[str, Any]:
        """Another person wears the band, or the values are wrong: learn them anew."""
        if self.senses.feeling:
            self.senses.feeling.reset()
        return self.usual_values()

    def conditions(self) -> list[Health]:
        """How each sensor does, and what else of the body is told."""
        return [health for name, health in self.board.health.items() if name in self.parts_told]
