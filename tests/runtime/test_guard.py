"""Guard: decides in order, writes before it tells, feeds the watchdog after a Tick."""

import asyncio

from agent.core.events import Cue, Press, Tick
from agent.core.notice import Address
from agent.core.policy import Policy
from agent.core.watch import begin
from agent.runtime.board import Board
from agent.runtime.guard import guard

POLICY = Policy(broadcast=(Address("mqtt"),))


class Desk:
    """A guard at work, with everything around it written down in order."""

    def __init__(self):
        self.inbox = asyncio.Queue()
        self.board = Board(begin(0.0, 1e9, "seed", POLICY))
        self.log = []

    async def commit(self, memory, notices):
        self.log.append(
            ("written", [n.kind for n in notices], memory["incident"] and memory["incident"]["state"])
        )

    def seen(self, event, before, after, notices):
        self.log.append(("seen", type(event).__name__))

    async def work(self, *events):
        task = asyncio.create_task(
            guard(self.inbox, self.board, POLICY, self.commit, self.seen, lambda: self.log.append(("fed",)))
        )
        for event in events:
            await self.inbox.put(event)
        await self.inbox.join()
        await asyncio.sleep(0)
        task.cancel()


async def test_an_incident_is_on_disk_before_anybody_hears_of_it():
    desk = Desk()
    await desk.work(Press(1.0, "sos"))
    assert desk.log == [("written", ["alarm"], "active"), ("seen", "Press")]
    assert desk.board.watch.state.value == "active"


async def test_the_watchdog_is_fed_only_once_a_tick_came_through():
    desk = Desk()
    await desk.work(Cue(1.0, "scream", 0.1, "scream heard"), Tick(1.0, 1e9))
    assert desk.log == [("seen", "Cue"), ("seen", "Tick"), ("fed",)]


async def test_what_changes_nothing_lasting_is_not_written():
    desk = Desk()
    await desk.work(Tick(1.0, 1e9), Tick(1.25, 1e9))
    assert not [entry for entry in desk.log if entry[0] == "written"]


async def test_a_guard_that_starts_again_goes_on_with_the_same_mind():
    desk = Desk()
    await desk.work(Press(1.0, "sos"))
    await desk.work(Press(2.0, "resolve", by="Ben", trusted=True))
    assert desk.log[-2] == ("written", ["resolved"], None)
