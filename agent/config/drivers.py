"""From sections to the sensors themselves, by the names that their losses are told by."""

from __future__ import annotations

from collections.abc import Iterator

from agent.config.sensors import Band as BandSection
from agent.config.sensors import Button, Position, Sensors
from agent.config.sensors import Camera as CameraSection
from sensors import Driver, Sensor, lamp
from sensors.band import Band, Which
from sensors.camera import Camera
from sensors.fixed_position import FixedPosition
from sensors.gpio_button import GpioButton
from sensors.gps import Gps
from sensors.key_button import KeyButton
from sensors.microphone import Microphone
from sensors.modem_location import ModemLocation
from sensors.power import Supply

PATTERNS = {"light": lamp.LIGHT, "touch": lamp.TOUCH}


def drivers(asked: Sensors) -> Iterator[Driver]:
    """All that are switched on; nothing is opened yet."""
    if asked.microphone.enabled:
        yield Driver("microphone", Microphone(asked.microphone.device), asked.microphone.limit_s)
    if asked.camera.enabled:
        yield Driver("camera", _camera(asked.camera), asked.camera.limit_s)
    if asked.band.enabled:
        yield Driver("band", _band(asked.band), asked.band.limit_s)
    if position := _position(asked.position):
        yield Driver("gps", position, asked.position.limit_s)
    if button := _button(asked.button):
        yield Driver("button", button, None)
    if asked.power.enabled:
        yield Driver("power", Supply(), asked.power.limit_s)


def light(asked: Sensors) -> lamp.Lamp | None:
    """The lamp, where there is one."""
    return None if asked.lamp.pin is None else lamp.Lamp(asked.lamp.pin, PATTERNS[asked.lamp.kind])


def _camera(asked: CameraSection) -> Camera:
    return Camera(asked.source.get_secret_value(), asked.width, asked.per_s, asked.resting_per_s)


def _band(asked: BandSection) -> Band:
    which = Which(asked.address, asked.name, adapter=asked.adapter)
    return Band(which, [field.field() for field in asked.fields], asked.silent_s)


def _position(asked: Position) -> Sensor | None:
    match asked.source:
        case "gpsd":
            return Gps(asked.host, asked.port, _patience_s(asked))
        case "modem":
            return ModemLocation(_patience_s(asked))
        case "fixed" if asked.latitude is not None and asked.longitude is not None:
            return FixedPosition(asked.latitude, asked.longitude, asked.accuracy_m)
    return None


def _patience_s(asked: Position) -> float:
    """The cause is known before the loss is told."""
    return asked.limit_s - 10


def _button(asked: Button) -> Sensor | None:
    match asked.source:
        case "gpio" if asked.pin is not None:
            return GpioButton(asked.pin, asked.pull_up)
        case "key" if asked.device is not None:
            return KeyButton(str(asked.device), asked.key)
    return None
