"""What the mind decides by, as sections; the defaults are those of core.policy."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from agent.config.section import Probability, Seconds, Secret, Section
from agent.core.policy import Policy

DEFAULT = Policy()
HOURS = r"^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$"


class Cue(Section):
    """How one kind of cue counts; what is left out is as usual for its kind."""

    model_config = ConfigDict(json_schema_extra=lambda schema: schema.pop("required"))

    weight: Annotated[float, Field(ge=0, le=10)]
    """Trust: what its evidence is multiplied by; 0 switches it off."""
    cap: Annotated[float, Field(ge=0)]
    """The most evidence that it may add, in nats (natural log-odds)."""
    half_life_s: Annotated[float, Field(gt=0)]
    """After this time half of its evidence has faded."""
    hit: Probability
    """From this probability on, a look supports an alarm."""
    overwhelming: Annotated[float, Field(gt=0, le=1)]
    """From this probability on, a single look at a scream is enough; no other kind ever is alone."""


def _usual(kind: str) -> dict[str, float]:
    rule = DEFAULT.cues[kind]
    return {name: getattr(rule, name) for name in Cue.model_fields}


def _completed(kind: str) -> BeforeValidator:
    """Fills in what the file does not say of a kind of cue."""

    def fill(given: object) -> object:
        if given is None:
            return _usual(kind)
        return {**_usual(kind), **given} if isinstance(given, dict) else given

    return BeforeValidator(fill)


class Cues(Section):
    """The kinds of cues."""

    scream: Annotated[Cue, _completed("scream")] = Cue(**_usual("scream"))
    """Screams."""
    stress: Annotated[Cue, _completed("stress")] = Cue(**_usual("stress"))
    """Stress of the body, by the band: beside what is heard, never alone."""
    voice: Annotated[Cue, _completed("voice")] = Cue(**_usual("voice"))
    """Anger or fear in how somebody speaks: beside a scream or a face, never alone."""
    face: Annotated[Cue, _completed("face")] = Cue(**_usual("face"))
    """Anger or fear in a face: beside a scream or a voice, never alone."""


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
