"""How soon help hears: from the press that makes an incident `active` to each channel's first acceptance.

    python -m bench.delivery [--incidents 1000]

A whole agent, its outbox synced to this disk, and far sides on loopback: Mosquitto, an SMTP server, a
webhook's server and a simulated modem on a pseudo-terminal, the last three in this very process. What a
network adds is not in it. Quantiles by nearest rank; nothing else runs meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path

from agent import build, config
from agent.core.events import Event, Press, Receipt
from agent.core.notice import Notice
from agent.core.watch import Watch
from agent.house import House
from tests.channels.servers import post, web
from tests.conftest import Mosquitto, mosquitto_program
from tests.modem import AtModem

INCIDENTS = 1000
LIMIT_S = 15.0
CONFIG = """
device: {{id: bench}}
sensors: {{microphone: {{enabled: false}}}}
detectors:
  scream: {{enabled: false}}
  stress: {{enabled: false}}
  voice: {{enabled: false}}
  face: {{enabled: false}}
storage: {{folder: {folder}}}
contacts:
  - name: Ben
    channels:
      - {{channel: sms, to: "+491701234567"}}
      - {{channel: email, to: ben@example.org}}
      - {{channel: hook}}
channels:
  mqtt: {{host: 127.0.0.1, port: {mqtt}}}
  sms: {{serial: {{port: {modem}}}}}
  email: {{host: 127.0.0.1, port: {smtp}, security: none, sender: asha@example.org}}
  webhooks: [{{name: hook, url: "{web}", secret: !env BENCH_KEY}}]
"""
CHANNELS = ("mqtt", "hook", "email", "sms")


@dataclass
class Watching:
    """What the mind was told: when each incident's alarm was pressed, and taken by which channel (s)."""

    pressed: float = 0.0
    took: dict[str, float] = field(default_factory=dict)
    all_took: asyncio.Event = field(default_factory=asyncio.Event)

    def seen(self, event: Event, _before: Watch, _after: Watch, _notices: tuple[Notice, ...]) -> None:
        """One step: a press begins, a receipt of its first notice ends."""
        if isinstance(event, Press) and event.action == "sos":
            self.pressed = event.at
        elif isinstance(event, Receipt) and event.seq == 1 and event.outcome == "accepted":
            self.took.setdefault(event.channel, event.at - self.pressed)
            if len(self.took) == len(CHANNELS):
                self.all_took.set()

    async def incident(self, house: House) -> dict[str, float]:
        """One incident from call to end: seconds to acceptance, by channel."""
        self.took.clear()
        self.all_took.clear()
        house.inbox.put_nowait(Press(house.plan.clock.now(), "sos"))
        async with asyncio.timeout(LIMIT_S):
            await self.all_took.wait()
        took = dict(self.took)
        house.inbox.put_nowait(Press(house.plan.clock.now(), "resolve", "Ben"))
        await house.settled()
        return took


async def measured(folder: Path, incidents: int, program: str) -> list[dict[str, float]]:
    """Seconds to acceptance, by channel, of each incident; the first ones, which connect, are left out."""
    async with AsyncExitStack() as stack:
        broker = Mosquitto(folder, program)
        stack.callback(broker.stop)
        await asyncio.to_thread(broker.start)
        mail, hook = await stack.enter_async_context(post()), await stack.enter_async_context(web())
        modem = stack.enter_context(AtModem())
        file = folder / "agent.yaml"
        far = {"mqtt": broker.port, "smtp": mail.port, "web": hook.url, "modem": modem.port}
        file.write_text(CONFIG.format(folder=folder / "state", **far))
        os.environ["BENCH_KEY"] = "no secret at all"
        watching = Watching()
        house = House(build.plan(config.load(file)), watching.seen)
        await house.open()
        async with asyncio.TaskGroup() as group:
            parts = house.start(group)
            await watching.incident(house)
            took = [await watching.incident(house) for _ in range(incidents)]
            for part in parts:
                part.cancel()
        await house.outbox.close()
    return took


def lines(took: list[dict[str, float]]) -> Iterator[str]:
    """One line a channel, and one for whichever was first."""
    for channel in CHANNELS:
        yield _line(channel, [one[channel] for one in took])
    yield _line("first of all", [min(one.values()) for one in took])


def _line(name: str, some: list[float]) -> str:
    ordered = sorted(some)
    ranks = (f"p{q} {1000 * ordered[ceil(q / 100 * len(ordered)) - 1]:6.1f} ms" for q in (50, 95, 99))
    return f"delivery  {name:12}  {'  '.join(ranks)}  longest {1000 * ordered[-1]:.1f} ms"


def main() -> int:
    """Print the figures; 69 without Mosquitto."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--incidents", type=int, default=INCIDENTS, metavar="N")
    options = parser.parse_args()
    program = mosquitto_program()
    if program is None:
        print("bench.delivery: no mosquitto on this machine: apt-get install mosquitto", file=sys.stderr)
        return 69
    with tempfile.TemporaryDirectory() as folder:
        took = asyncio.run(measured(Path(folder), options.incidents, program))
    print(f"delivery  {len(took)} incidents, from `active` to acceptance, on loopback")
    for line in lines(took):
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
