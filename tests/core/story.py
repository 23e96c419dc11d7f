"""A mind and all that it told, driven by events; the people and the policy that the tests share."""

from dataclasses import replace

from agent.core.events import Cue, Fix, Gap, Power, Press, Receipt, Tick
from agent.core.notice import Address
from agent.core.policy import Contact, CueRule, Policy
from agent.core.watch import begin, step

HOUSE = Address("mqtt")
MUM, BEN, EVE = Address("sms", "+491"), Address("mail", "ben@example.org"), Address("sms", "+493")
SCREAM = CueRule(base_rate=0.1, hit=0.6, overwhelming=0.97)
STRESS = CueRule(base_rate=0.2, hit=0.7, overwhelming=1.0, weight=0.5, half_life_s=60.0, alone=False)
POLICY = Policy(
    prior=0.01,
    threshold=0.5,
    cues={"scream": SCREAM, "stress": STRESS},
    contacts=(
        Contact("Mum", (MUM,), tier=1, warn=True),
        Contact("Ben", (BEN,), tier=2),
        Contact("Eve", (EVE,), tier=3),
    ),
    broadcast=(HOUSE,),
)
EVERYONE = (HOUSE, MUM, BEN, EVE)
WALL = 1_800_000_000.0
HERE = (48.13712, 11.57549)
SURE = 0.99


class Story:
    """One mind from second 0 on; `told` is every notice so far."""

    def __init__(self, policy=POLICY, **changes):
        self.policy = replace(policy, **changes)
        self.watch = begin(0.0, WALL, "seed", self.policy)
        self.told = []
        self.jump = 0.0
        self.zone_s = 3600.0

    @property
    def state(self):
        return self.watch.state.value

    @property
    def kinds(self):
        return [notice.kind for notice in self.told]

    def feed(self, event):
        """One event in; the notices that it caused."""
        self.watch, notices = step(self.watch, event, self.policy)
        self.told += notices
        return notices

    def look(self, probability=SURE, kind="scream"):
        return self.feed(Cue(self.watch.at, kind, probability, f"{kind} heard"))

    def press(self, action, by="wearer", **more):
        return self.feed(Press(self.watch.at, action, by, **more))

    def fix(self, north_m=0.0, **more):
        return self.feed(Fix(self.watch.at, HERE[0] + north_m / 111_195, HERE[1], **more))

    def lose(self, part="microphone", why="unplugged"):
        return self.feed(Gap(self.watch.at, part, True, why))

    def find(self, part="microphone"):
        return self.feed(Gap(self.watch.at, part, False))

    def supply(self, battery=None, **more):
        return self.feed(Power(self.watch.at, battery, **more))

    def receive(self, notice=None, outcome="accepted", to=None):
        """A channel's word on a notice (the newest one), for one address or for all that it went to."""
        notice = notice or self.told[-1]
        for address in (to,) if to else notice.to:
            key = notice.incident_id, notice.seq, address.channel, address.recipient
            self.feed(Receipt(self.watch.at, *key, outcome))

    def wait(self, seconds):
        """Ticks, four a second; the notices that they caused."""
        notices, end = [], self.watch.at + seconds
        while self.watch.at < end:
            at = min(self.watch.at + 0.25, end)
            notices += self.feed(Tick(at, WALL + self.jump + at, self.zone_s))
        return notices


def alarmed(**changes):
    """A story whose countdown has just run out."""
    story = Story(**changes)
    story.look()
    story.wait(story.policy.countdown_s)
    assert story.state == "active"
    return story


def acknowledged(**changes):
    story = alarmed(**changes)
    story.press("acknowledge", "Mum")
    assert story.state == "acknowledged"
    return story
