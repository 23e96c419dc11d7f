"""What the mind decides by, as sections; the defaults are those of core.policy."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.config.section import Probability, Seconds, Secret, Section
from agent.core.policy import Policy

DEFAULT = Policy()
SCREAM = DEFAULT.cues["scream"]
HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"
STRESS = DEFAULT.cues["stress"]
VOICE = DEFAULT.cues["voice"]
FACE = DEFAULT.cues["face"]


class Cue(Section):
    """How one kind of cue counts; the defaults are those of screams."""

    weight: Annotated[float, Field(ge=0, le=10)] = SCREAM.weight
    """Trust: what its evidence is multiplied by; 0 switches it off."""
    cap: Annotated[float, Field(ge=0)] = SCREAM.cap
    """The most evidence that it may add, in nats (natural log-odds)."""
    half_life_s: Annotated[float, Field(gt=0)] = SCREAM.half_life_s
    """After this time half of its evidence has faded."""
    hit: Probability = SCREAM.hit
    """From this probability on, a look supports an alarm."""
    overwhelming: Annotated[float, Field(gt=0, le=1)] = SCREAM.overwhelming
    """From this probability on, a single look is enough."""


class Stress(Cue):
    """How stress counts: beside what is heard, never alone."""

    weight: Annotated[float, Field(ge=0, le=10)] = STRESS.weight
    """Trust: what its evidence is multiplied by; 0 switches it off."""
    cap: Annotated[float, Field(ge=0)] = STRESS.cap
    """The most evidence that it may add, in nats (natural log-odds)."""
    half_life_s: Annotated[float, Field(gt=0)] = STRESS.half_life_s
    """After this time half of its evidence has faded."""
    hit: Probability = STRESS.hit
    """From this probability on, a look supports an alarm."""
    overwhelming: Annotated[float, Field(gt=0, le=1)] = STRESS.overwhelming
    """Must be at least `hit`; no look at stress is enough alone."""


class Voice(Cue):
    """How anger or fear in a voice counts: beside a scream or a face, never alone."""

    weight: Annotated[float, Field(ge=0, le=10)] = VOICE.weight
    """Trust: what its evidence is multiplied by; 0 switches it off."""
    cap: Annotated[float, Field(ge=0)] = VOICE.cap
    """The most evidence that it may add, in nats (natural log-odds)."""
    half_life_s: Annotated[float, Field(gt=0)] = VOICE.half_life_s
    """After this time half of its evidence has faded."""
    hit: Probability = VOICE.hit
    """From this probability on, a look supports an alarm."""
    overwhelming: Annotated[float, Field(gt=0, le=1)] = VOICE.overwhelming
    """Must be at least `hit`; no look at a voice is enough alone."""


class Face(Cue):
    """How anger or fear in a face counts: beside a scream or a voice, never alone."""

    weight: Annotated[float, Field(ge=0, le=10)] = FACE.weight
    """Trust: what its evidence is multiplied by; 0 switches it off."""
    cap: Annotated[float, Field(ge=0)] = FACE.cap
    """The most evidence that it may add, in nats (natural log-odds)."""
    half_life_s: Annotated[float, Field(gt=0)] = FACE.half_life_s
    """After this time half of its evidence has faded."""
    hit: Probability = FACE.hit
    """From this probability on, a look supports an alarm."""
    overwhelming: Annotated[float, Field(gt=0, le=1)] = FACE.overwhelming
    """Must be at least `hit`; no look at a face is enough alone."""


class Cues(Section):
    """The kinds of cues."""

    scream: Cue = Cue()
    """Screams."""
    stress: Stress = Stress()
    """Stress of the body, by the band."""
    voice: Voice = Voice()
    """Anger or fear in how somebody speaks."""
    face: Face = Face()
    """Anger or fear in a face."""


class Fusion(Section):
    """How cues become a suspicion."""

    prior: Probability = DEFAULT.prior
    """Probability of distress before anything is heard."""
    threshold: Probability = DEFAULT.threshold
    """The probability from which a pre-alarm may start."""
    k: Annotated[int, Field(ge=1)] = DEFAULT.k
    """So many hits ..."""
    n: Annotated[int, Field(ge=1)] = DEFAULT.n
    """... among so many last looks start a pre-alarm, unless one is overwhelming."""
    cues: Cues = Cues()
    """How each kind of cue counts."""


class Incident(Section):
    """How long everything lasts, in seconds, and the PINs."""

    countdown_s: Seconds = DEFAULT.countdown_s
    """The wearer's time to cancel before anybody is alarmed."""
    checkin_countdown_s: Seconds = DEFAULT.checkin_countdown_s
    """The same after a check-in that nobody answered: the wearer may have to look for the device."""
    remind_s: Seconds = DEFAULT.remind_s
    """How long before a check-in the wearer is reminded, and may answer."""
    tier_delay_s: Seconds = DEFAULT.tier_delay_s
    """Without an acknowledgement for this long, the next tier is alarmed."""
    acknowledge_lasts_s: Seconds = DEFAULT.acknowledge_lasts_s
    """An acknowledged incident that is not resolved by then becomes active again."""
    cooldown_s: Seconds = DEFAULT.cooldown_s
    """For so long after a cancel, the same cause at the same strength starts nothing."""
    update_s: Annotated[float, Field(gt=0)] = DEFAULT.update_s
    """The first update of an open incident comes after this time, later ones more rarely ..."""
    silent_at_most_s: Seconds = DEFAULT.silent_at_most_s
    """... but never after more than this."""
    moved_m: Annotated[float, Field(ge=0)] = DEFAULT.moved_m
    """A position is news when it is so many metres from the last one that was told ..."""
    fix_every_s: Seconds = DEFAULT.fix_every_s
    """... or so much later."""
    question_lasts_s: Seconds = DEFAULT.question_lasts_s
    """A question ("are you all right?") that could not be sent by then is not sent any more."""
    at_alarm: Literal["nothing", "lamp", "siren"] = "nothing"
    """What the device itself does once people are alarmed: nothing, its lamp (blinks SOS), or the siren."""
    quiet: Annotated[str, Field(pattern=HOURS)] | None = None
    """Hours, as "22:00-07:00", in which nobody is told that a part works again; alarms know no hours."""
    drill_every_h: Annotated[float, Field(ge=1, le=8760)] | None = None
    """Hours between drills that nobody has to ask for; null: only those that are asked for."""
    pin: Secret | None = None
    """What the wearer must give to cancel or resolve by a request; null asks for none."""
    duress_pin: Secret | None = None
    """Looks like a cancel and alarms everyone."""

    @model_validator(mode="after")
    def _pins_fit(self) -> Self:
        if self.duress_pin is not None and self.pin is None:
            raise ValueError("duress_pin works only beside a pin; set both")
        if self.pin is not None and self.pin == self.duress_pin:
            raise ValueError("pin and duress_pin must not be the same")
        return self
