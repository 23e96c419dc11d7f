"""Lives to be killed: an agent, whole but for its sensors, forked anew for each life and ended by SIGKILL.

    python tests/killed.py AGENT.YAML SEED LIVES

Every life takes up what the one before left on disk, ends the incident that is open, calls for help
anew, and is killed at a moment drawn by the seed. The first and the last live until nothing waits any
more; how long the first took tells when to kill. Each prints a line of JSON: what the agent said that it
had decided and written, and what it found waiting. Forking keeps the imports: a life costs only itself.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from random import Random

from agent import build, config
from agent.core.events import Press
from agent.house import House

BEYOND = 1.3
"""Deaths are spread from the beginning of a life to this many times what all its work takes."""


async def live(plan, say, ends):
    """One life; it `ends` by itself once all is delivered."""

    def seen(_, __, after, notices):
        say({"told": [[notice.incident_id, notice.seq, notice.kind] for notice in notices]})

    house = House(plan, seen)
    await house.open()
    say({"waiting": len(await house.outbox.waiting())})
    async with asyncio.TaskGroup() as group:
        tasks = house.start(group)
        if house.board.watch.incident:
            house.inbox.put_nowait(Press(plan.clock.now(), "resolve", "Ben"))
        house.inbox.put_nowait(Press(plan.clock.now(), "sos"))
        while not ends or house.inbox.qsize() or await house.outbox.waiting():
            await asyncio.sleep(0.005)
        for task in tasks:
            task.cancel()
    await house.outbox.close()


def fork(plan, seconds):
    """Let one live for so long (None: until it ends); what it said."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        asyncio.run(
            live(plan, lambda told: os.write(write, json.dumps(told).encode() + b"\n"), seconds is None)
        )
        os._exit(0)
    os.close(write)
    if seconds is not None:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(read) as said:
        lines = said.read().splitlines()
    os.waitpid(child, 0)
    return [json.loads(line) for line in lines]


def main(file, seed, lives):
    """Live so often, and once more to the end."""
    plan = build.plan(config.load(Path(file)))
    rng, began = Random(int(seed)), time.monotonic()
    said = [fork(plan, None)]
    longest = BEYOND * (time.monotonic() - began)
    said += [fork(plan, rng.uniform(0, longest)) for _ in range(int(lives))]
    for lines in (*said, fork(plan, None)):
        print(json.dumps(lines))


if __name__ == "__main__":
    main(*sys.argv[1:])
