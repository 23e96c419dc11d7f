"""The canary: each link of the chain broken in turn, and named; a whole chain is silent."""

import asyncio
from dataclasses import replace

import pytest

from agent.core.events import Gap, Press, Receipt, Tick
from agent.core.notice import Address
from agent.core.policy import Contact, Policy
from agent.core.watch import begin, step
from agent.runtime.board import Board, Health
from agent.runtime.canary import ANSWERED_S, SENT_S, Chain, canary, suits
from sensors.sound_faults import MUTED
from tests.house import BEN, WALL, LoopClock
from tests.virtual import run

MQTT = Address("mqtt")
POLICY = Policy(contacts=(Contact("Ben", (BEN,)),), broadcast=(MQTT,))


class Home:
    """A mind behind a canary; `takes`: the channels that take what they are given; `answers`: who does.

    mute: no drill gets into the outbox. deaf: nobody has a way to answer.
    later: what of this becomes otherwise after the first drill.
    """

    def __init__(self, takes=("mqtt", "sms"), answers=("Ben",), mute=False, deaf=False, **chain):
        self.takes, self.answers, self.mute = takes, answers, mute
        self.clock = LoopClock()
        self.policy = Policy(contacts=(Contact("Ben", (BEN,), answers=not deaf),), broadcast=(MQTT,))
        self.board = Board(begin(0.0, WALL, "seed", self.policy))
        self.told = []
        self.later = {}
        facts = {"rehearse": lambda: ""} | chain
        self.chain = Chain(self.clock, self.board, self.policy, self.put, **facts)

    def put(self, event):
        if self.mute and isinstance(event, Press):
            return
        watch, notices = step(self.board.watch, event, self.policy)
        self.board.show(watch)
        self.told.extend(notices)
        for notice in notices:
            for to in notice.to:
                if to.channel in self.takes:
                    outcome = Receipt(self.clock.now(), notice.incident_id, 1, *astuple(to), "accepted")
                    self.put(outcome)
            if notice.test:
                for name in self.answers:
                    self.put(Press(self.clock.now(), "acknowledge", name))

    def drill(self, seconds=ANSWERED_S + 2 * SENT_S, drills=1):
        """The gaps that are open once so many drills are over."""
        return run(self._living(seconds, drills))

    async def _living(self, seconds, drills):
        task = asyncio.create_task(canary(self.chain))
        for _ in range(drills):
            self.chain.asked.put_nowait(Press(self.clock.now(), "test"))
            until = self.clock.now() + seconds
            while self.clock.now() < until:
                await asyncio.sleep(1)
                self.put(Tick(self.clock.now(), self.clock.wall()))
            assert not task.done()
            vars(self).update(self.later)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return {gap.part: gap.why for gap in self.board.watch.gaps if gap.open}


def astuple(to):
    return to.channel, to.recipient


def test_a_whole_chain_says_nothing_but_the_drill_itself():
    home = Home()
    assert home.drill() == {}
    assert [(notice.kind, notice.test) for notice in home.told] == [("alarm", True)]


@pytest.mark.parametrize(
    ("state", "why"), [("lost", "it was pulled out"), ("faulty", MUTED), ("stale", "silent for over 2 s")]
)
def test_a_microphone_that_is_lost_or_muted(state, why):
    home = Home()
    home.board.report(Health("microphone", state, 0.0, why))
    assert home.drill() == {"way to help (microphone)": why}
    assert home.told[0].text == f"way to help (microphone) lost: {why}"
    assert home.told[1].test


def test_a_model_that_is_unfit_or_deaf_lets_no_drill_out():
    home = Home(rehearse=lambda: "the checksum is not that of its card")
    assert home.drill() == {"way to help (model)": "the checksum is not that of its card"}
    assert [notice.kind for notice in home.told] == ["device_trouble"]


def test_a_disk_that_is_full():
    home = Home()
    home.board.report(Health("storage", "faulty", 0.0, "the disk is full"))
    assert home.drill() == {"way to help (outbox)": "the disk is full"}


def test_an_outbox_that_takes_nothing():
    assert Home(mute=True).drill() == {"way to help (outbox)": "the drill did not get into it"}


def test_a_broker_that_is_down():
    home = Home(takes=("sms",))
    home.board.report(Health("mqtt", "faulty", 0.0, "MQTT broker b:1883: nobody listens there"))
    assert home.drill() == {"way to help (mqtt)": "MQTT broker b:1883: nobody listens there"}


def test_a_channel_that_keeps_what_it_got_to_itself():
    why = "the drill has not been taken there, it is waiting"
    assert Home(takes=("mqtt",)).drill() == {"way to help (sms)": why}


def test_caregivers_who_do_not_answer():
    home = Home(answers=())
    assert home.drill() == {"way to help (caregivers)": "no answer to the drill within 15 min from Ben"}


def test_the_silence_of_those_who_have_no_way_to_answer_says_nothing():
    assert Home(answers=(), deaf=True).drill() == {}


def test_what_broke_is_told_once_and_told_again_when_a_later_drill_passed_it():
    home = Home(rehearse=lambda: "deaf")
    home.drill(drills=2)
    assert [notice.text for notice in home.told] == ["way to help (model) lost: deaf"]
    home = Home(answers=())
    home.later = {"answers": ("Ben",)}
    assert home.drill(drills=2) == {}
    assert home.told[1].text.startswith("way to help (caregivers) lost: no answer to the drill")
    assert home.told[-1].text == "way to help (caregivers) works again"


def test_a_drill_that_is_asked_for_meanwhile_is_not_held_up():
    home = Home(answers=())
    assert home.drill(seconds=10, drills=3) == {}
    assert len([notice for notice in home.told if notice.test]) == 3


def test_the_schedule_drills_by_itself_from_the_last_one_on():
    home = Home(every_s=3600.0)
    home.drill(seconds=3600 * 3.5, drills=1)
    drills = [notice for notice in home.told if notice.test]
    assert [round(notice.at / 600) * 600 for notice in drills] == [0, 3600, 7200, 10_800]
    assert "asked for by the schedule" in drills[1].text


@pytest.mark.parametrize(
    ("second", "quiet", "fits"), [(0, None, True), (0, (0.0, 3600.0), False), (3600, (0.0, 3600.0), True)]
)
def test_a_scheduled_drill_disturbs_nobody(second, quiet, fits):
    watch = replace(begin(0.0, float(second), "seed", POLICY), utc_offset_s=0.0)
    assert suits(watch, replace(POLICY, quiet=quiet)) is fits
    alarmed, _ = step(watch, Press(0.0, "sos"), POLICY)
    assert not suits(alarmed, POLICY)


def test_the_gap_of_a_link_is_no_cue():
    home = Home(rehearse=lambda: "deaf")
    home.drill()
    assert isinstance(home.board.watch.gaps[0], Gap)
    assert home.board.watch.state.value == "calm"
