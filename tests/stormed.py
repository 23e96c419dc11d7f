"""An agent amid a storm: it calls for help again and again, and is killed every few incidents.

    python tests/stormed.py AGENT.YAML SEED INCIDENTS KILLS

Each life takes up what the one before left on disk. Forking keeps the imports: a life costs only itself.
Every incident happens in a minute of its own, so that an SMS, which names no incident, tells which it is
about. The last life ends when nothing waits any more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from random import Random

from agent import build, config
from agent.channels import at_modem
from agent.core.events import Press, Tick
from agent.house import House
from agent.runtime.clock import Clock

START = 1_767_312_000.0
"""2026-01-02 00:00 UTC."""
BREATH_S = 0.03
"""Longest pause between two presses."""


class Minutes(Clock):
    """Wall time stands still in the minute of the incident that is told."""

    minute = 0

    def wall(self):
        """Unix seconds."""
        return START + 60.0 * self.minute


async def live(plan, rng, say, goal):
    """Make incidents until there have been `goal`, then wait until all is told."""
    house = House(plan, lambda *_: None)
    await house.open()
    async with asyncio.TaskGroup() as group:
        tasks = house.start(group)
        while (watch := house.board.watch).count < goal or watch.incident:
            plan.clock.minute = watch.count + (watch.incident is None)
            now = plan.clock.now()
            house.inbox.put_nowait(Tick(now, plan.clock.wall()))
            house.inbox.put_nowait(Press(now, "resolve", "Ben") if watch.incident else Press(now, "sos"))
            await house.inbox.join()
            say(watch.count)
            await asyncio.sleep(rng.uniform(0, BREATH_S))
        while await house.outbox.waiting():
            await asyncio.sleep(0.02)
        for task in tasks:
            task.cancel()
    await house.outbox.close()


def fork(plan, seed, goal):
    """Begin a life; its process, and a file that says how many incidents there have been."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        asyncio.run(live(plan, Random(seed), lambda count: os.write(write, b"%d\n" % count), goal))
        os._exit(0)
    os.close(write)
    return child, os.fdopen(read)


def main(file, seed, incidents, kills):
    """Be killed so often, and live once more to the end."""
    at_modem.WAKE_S, at_modem.SETTLE_S = 0.1, 0.03
    rng, goal = Random(int(seed)), int(incidents)
    plan = replace(build.plan(config.load(Path(file))), clock=Minutes(), ticking=False)
    for life in range(1, int(kills) + 1):
        child, counts = fork(plan, life, goal)
        next(line for line in counts if int(line) >= life * goal // (int(kills) + 1))
        time.sleep(rng.uniform(0, 2 * BREATH_S))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        counts.close()
    child, _ = fork(plan, 0, goal)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
