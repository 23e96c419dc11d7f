"""What can be configured: the sections of agent.yaml, their bounds and defaults.

The mind's defaults are those of core.policy. The line under a key becomes its description in the schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    model_validator,
)

from agent.core.policy import Policy

DEFAULT = Policy()
SCREAM = DEFAULT.cues["scream"]


def _by_reference(value: object) -> object:
    if value is None or isinstance(value, SecretStr):
        return value
    raise ValueError("a secret does not stand here in the open; write !secret NAME or !env NAME")


def _absolute(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_absolute():
        raise ValueError(
            f"{str(path)!r} depends on where the agent was started; write the whole path, from /"
        )
    return path


Text = Annotated[str, Field(min_length=1, max_length=100)]
Secret = Annotated[SecretStr, BeforeValidator(_by_reference), Field(min_length=1)]
File = Annotated[Path, Field(strict=False), AfterValidator(_absolute)]
Seconds = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(gt=0, lt=1)]


class Section(BaseModel):
    """A mapping of the file: unknown keys and values of another type are errors, nothing changes later."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        """A section whose keys are all commented out is empty, not wrong."""
        return {} if value is None else value


class Device(Section):
    """The device itself."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = "my-device"
    """Its name in MQTT topics (`distress/<id>/...`): small letters, digits, - and _; one for each device."""
    name: Text = "Distress agent"
    """Its name for people."""


class Wearer(Section):
    """Whom the agent protects."""

    name: Text = "the wearer"
    """How alerts speak of them."""


class Contact(Section):
    """One caregiver."""

    name: Text
    """Who it is; the same name as in their acknowledgements."""
    tier: Annotated[int, Field(ge=1, le=9)] = 1
    """1 is alarmed first, 2 when nobody of tier 1 acknowledges in time, and so on."""


class Microphone(Section):
    """The microphone."""

    enabled: bool = True
    """Whether the agent listens."""
    device: Text | None = None
    """The name (or a part of it) of the input device; null is the system's default."""


class Sensors(Section):
    """What the agent perceives with."""

    microphone: Microphone = Microphone()
    """The microphone."""


class Detector(Section):
    """One detector."""

    enabled: bool = True
    """Whether it runs."""


class Detectors(Section):
    """What the agent looks for."""

    scream: Detector = Detector()
    """Screams, in the sound of the microphone."""


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


class Cues(Section):
    """The kinds of cues."""

    scream: Cue = Cue()
    """Screams."""


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


class Tls(Section):
    """Encryption of the way to the broker."""

    enabled: bool = False
    """Whether the connection is encrypted (the port is then mostly 8883)."""
    ca: File | None = None
    """File of the authority that signed the broker's certificate; null: those that the system trusts."""
    certificate: File | None = None
    """File of the device's own certificate, where the broker asks for one."""
    key: File | None = None
    """File of the private key of that certificate."""

    @model_validator(mode="after")
    def _pair(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key belong together; set both or none")
        return self


class Mqtt(Section):
    """The MQTT broker that caregivers listen to."""

    enabled: bool = True
    """Whether alerts go there."""
    host: Text = "localhost"
    """Name or address of the broker."""
    port: Annotated[int, Field(ge=1, le=65535)] = 1883
    """Its port."""
    username: Text | None = None
    """Name to log in with."""
    password: Secret | None = None
    """Password to log in with."""
    keepalive_s: Annotated[int, Field(ge=5, le=3600)] = 20
    """The broker says that this device is offline 1.5 times this long after it fell silent."""
    tls: Tls = Tls()
    """Encryption of the way to the broker."""

    @model_validator(mode="after")
    def _named(self) -> Self:
        if self.password is not None and self.username is None:
            raise ValueError("a password needs a username; set both or none")
        return self


class Channels(Section):
    """The ways to reach people."""

    mqtt: Mqtt = Mqtt()
    """The MQTT broker that caregivers listen to."""


class Storage(Section):
    """Where incidents and what is still to be told are kept."""

    folder: File | None = None
    """A folder of the agent's own; null: that of the service, else ~/.local/state/distress-agent."""


class Log(Section):
    """What the agent writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are written."""


class Config(Section):
    """The configuration of the distress agent."""

    device: Device = Device()
    """This device."""
    wearer: Wearer = Wearer()
    """Whom the agent protects."""
    contacts: tuple[Contact, ...] = ()
    """Who comes to help."""
    sensors: Sensors = Sensors()
    """What the agent perceives with."""
    detectors: Detectors = Detectors()
    """What the agent looks for."""
    fusion: Fusion = Fusion()
    """How cues become a suspicion."""
    incident: Incident = Incident()
    """How long everything lasts, and the PINs."""
    channels: Channels = Channels()
    """The ways to reach people."""
    storage: Storage = Storage()
    """Where incidents are kept."""
    log: Log = Log()
    """What the agent writes to standard error."""

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that it was read from; None for the built-in defaults."""
        return self._file
