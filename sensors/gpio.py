"""Pins of a single-board computer, by gpiozero, opened so that every failure says its cure.

gpiozero takes the pin library that is there; on Raspberry Pi OS that is lgpio (Debian package python3-lgpio).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol, Self

from sensors import SensorLost

MISSING = "gpiozero is not installed: pip install 'distress-agent[gpio]'"
NO_PINS = "there are no GPIO pins: on a Pi apt install python3-lgpio, and put the user into the group gpio"


class Pin(Protocol):
    """As much of a pin as is used here; leaving its `with` gives it back."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *why: object) -> None: ...


class Input(Pin, Protocol):
    """A pin that is read; it calls on a thread of its own."""

    when_activated: Callable[[], None] | None
    when_deactivated: Callable[[], None] | None

    @property
    def is_active(self) -> bool:
        """Whether it is so now."""


class Output(Pin, Protocol):
    """A pin that is switched."""

    def on(self) -> None:
        """To 3.3 V."""

    def off(self) -> None:
        """To ground."""


def opened_input(name: str, pin: int, *, pull_up: bool) -> Input:
    """GPIO `pin` (BCM number), active when its button connects it to ground (pull_up), otherwise to 3.3 V.

    Raises SensorLost(name, why and cure).
    """
    found: Input = _opened(name, "DigitalInputDevice", pin, pull_up=pull_up)
    return found


def opened_output(name: str, pin: int) -> Output:
    """GPIO `pin` (BCM number), switched off. Raises SensorLost(name, why and cure)."""
    found: Output = _opened(name, "DigitalOutputDevice", pin)
    return found


def _opened(name: str, kind: str, pin: int, **how: bool) -> Any:  # noqa: ANN401 - gpiozero has no types
    gpiozero = _gpiozero(name)
    try:
        return getattr(gpiozero, kind)(pin, **how)
    except gpiozero.GPIOZeroError as error:
        raise SensorLost(name, f"GPIO {pin} cannot be used: {error}") from None


def _gpiozero(name: str) -> ModuleType:
    """The library, with its pins found."""
    try:
        gpiozero = import_module("gpiozero")
    except ImportError:
        raise SensorLost(name, MISSING) from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one for each pin library that is not there
        try:
            gpiozero.Device.ensure_pin_factory()
        except gpiozero.BadPinFactory:
            raise SensorLost(name, NO_PINS) from None
    return gpiozero
