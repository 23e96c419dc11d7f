"""What the agent perceives with, as sections. Only the microphone and the supply are on by themselves.

`limit_s`: how old the newest valid reading may be before the sensor counts as lost and that is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from agent.config.section import Hidden, Limit, Port, Section, Text
from sensors.wire import gatt

Pin = Annotated[int, Field(ge=0, le=53)]
Positive = Annotated[float, Field(gt=0)]
InputDevice = Annotated[Path, Field(strict=False)]


class Microphone(Section):
    """The microphone."""

    enabled: bool = True
    """Whether the agent listens."""
    device: Text | None = None
    """The name (or a part of it) of the input device; null is the system's default."""
    limit_s: Limit = 2
    """Silence of the device, not of the room, that is told."""


class Camera(Section):
    """The camera."""

    enabled: bool = False
    """Whether the agent looks."""
    source: Hidden = Field(default="pi", validate_default=True)
    """`pi` (`pi:1`: the second one), a USB camera below /dev, the address of a stream, or a file."""
    width: Annotated[int, Field(ge=64, le=1920)] = 320
    """Width of the pictures that are looked at, in pixels."""
    per_s: Annotated[float, Field(gt=0, le=30)] = 5
    """Pictures a second ..."""
    resting_per_s: Annotated[float, Field(gt=0, le=30)] = 1
    """... and while nothing moves or the device is hot."""
    limit_s: Limit = 20
    """Time without a picture that is told."""


class BandField(Section):
    """One value in what a band of its own language notifies (docs/band.md)."""

    uuid: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")]
    """Of the characteristic, whole."""
    format: Text
    """As Python's struct has it, for exactly one number."""
    vital: Text
    """What it is: bpm, rr_s, microsiemens, g, contact, systolic_mmhg, diastolic_mmhg or battery (0 to 1)."""
    scale: float = 1.0
    """What the number is multiplied by."""
    unknown: int | None = None
    """The number that means: not known."""

    @model_validator(mode="after")
    def _readable(self) -> Self:
        self.field()
        return self

    def field(self) -> gatt.Field:
        """The same as the driver has it. Raises ValueError for what cannot be."""
        return gatt.Field(self.uuid, self.format, self.vital, self.scale, self.unknown)


class Band(Section):
    """The band on the wrist or chest, by Bluetooth."""

    enabled: bool = False
    """Whether a band is worn."""
    address: Annotated[str, Field(pattern=r"^[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}$")] | None = None
    """Its address (`distress-agent devices` lists those nearby); null: see `name`."""
    name: Text | None = None
    """Its name as it is advertised; null, without an address: the first band that is seen."""
    adapter: Annotated[str, Field(pattern=r"^hci\d+$")] | None = None
    """The Bluetooth adapter, as hci1; null is the first that is switched on."""
    silent_s: Limit = 10
    """A connected band that says nothing for so long is connected anew."""
    fields: tuple[BandField, ...] = ()
    """What a band of its own language says."""
    limit_s: Limit = 30
    """Time without a report that is told."""


class Position(Section):
    """Where the device is."""

    source: Literal["none", "gpsd", "modem", "fixed"] = "none"
    """gpsd: a receiver, by gpsd; modem: that of a mobile modem, by ModemManager; fixed: always the same."""
    host: Text = "127.0.0.1"
    """Where gpsd runs."""
    port: Port = 2947
    """Its port."""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    """Of a fixed position, in degrees north (WGS 84)."""
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    """Of a fixed position, in degrees east."""
    accuracy_m: Positive | None = None
    """How far from a fixed position the device may be carried, in metres."""
    limit_s: Annotated[float, Field(gt=30, le=3600)] = 120
    """Age of the newest position that is told."""

    @model_validator(mode="after")
    def _fixed_somewhere(self) -> Self:
        if self.source == "fixed" and (self.latitude is None or self.longitude is None):
            raise ValueError("a fixed position needs latitude and longitude")
        return self


class Button(Section):
    """The button: pressed it cancels, held for 2 s it calls for help."""

    source: Literal["none", "gpio", "key"] = "none"
    """gpio: on a pin; key: a key of a keyboard, a foot switch or the like."""
    pin: Pin | None = None
    """Of gpio: its BCM number."""
    pull_up: bool = True
    """Of gpio: whether the button connects the pin to ground (true) or to 3.3 V."""
    device: InputDevice | None = None
    """Of key: its file, best one below /dev/input/by-id."""
    key: Annotated[int, Field(ge=0, le=767)] | None = None
    """Of key: the key's code (28 = Enter, 57 = space); null: any key of it."""

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if self.source == "gpio" and self.pin is None:
            raise ValueError("a button by gpio needs its pin")
        if self.source == "key" and self.device is None:
            raise ValueError("a button by key needs its device")
        return self


class Lamp(Section):
    """A lamp, buzzer or vibration motor that shows the wearer how things stand."""

    pin: Pin | None = None
    """The BCM number of its pin; null: there is none."""
    kind: Literal["light", "touch"] = "light"
    """light: patterns that may go on for hours; touch (buzzer, motor): speaks up and falls silent."""


class Power(Section):
    """The device's own supply: battery, voltage, temperature."""

    enabled: bool = True
    """Whether it is watched."""
    limit_s: Limit = 30
    """Time without an answer of the kernel that is told."""


class Sensors(Section):
    """What the agent perceives with."""

    microphone: Microphone = Microphone()
    """The microphone."""
    camera: Camera = Camera()
    """The camera."""
    band: Band = Band()
    """The band on the wrist or chest."""
    position: Position = Position()
    """Where the device is."""
    button: Button = Button()
    """The button for SOS and cancel."""
    lamp: Lamp = Lamp()
    """What shows the wearer how things stand."""
    power: Power = Power()
    """The device's own supply."""
