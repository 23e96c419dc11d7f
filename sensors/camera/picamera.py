"""The Pi's own camera, by picamera2: its low-resolution stream, so that the hardware scales.

picamera2 comes with Raspberry Pi OS, by apt, as it needs the system's libcamera; a virtual environment needs
--system-site-packages to see it. Runs in the child process alone: libcamera may hang for ever (picamera2
issues 794, 962, 1275).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

from sensors import SensorLost
from sensors.camera.pipe import NAME, Order, Pixels

PREFIX = "pi"
BUFFERS = 3

Size = tuple[int, int]


def pictures(order: Order, per_s: Callable[[], float]) -> Iterator[Pixels]:
    """Grey pictures for ever; the source is pi, or pi:1 for the second one. SensorLost if there is none."""
    camera = _opened(_picamera2(), int(order.source.partition(":")[2] or 0))
    width, height = _configured(camera, order)
    camera.start()
    rate = 0.0
    while True:
        if rate != per_s():
            rate = per_s()
            duration_us = round(1e6 / rate)
            camera.set_controls({"FrameDurationLimits": (duration_us, duration_us)})
        # The luminance comes first, with lines that may be longer than asked for (picamera2 issue 1182).
        yield camera.capture_array("lores")[:height, :width]


def _picamera2() -> ModuleType:
    os.environ.setdefault("LIBCAMERA_LOG_LEVELS", "*:ERROR")
    try:
        return import_module("picamera2")
    except ImportError:
        raise SensorLost(
            NAME,
            "picamera2 is missing: on a Raspberry Pi, apt install python3-picamera2; elsewhere, "
            "name a USB camera or a stream",
        ) from None


def _opened(picamera2: ModuleType, number: int) -> Any:  # noqa: ANN401 - picamera2 has no types
    if len(picamera2.Picamera2.global_camera_info()) <= number:
        raise SensorLost(
            NAME, "it is not found: switch the device off and press its flat cable in at both ends"
        )
    try:
        return picamera2.Picamera2(number)
    except RuntimeError as error:
        raise SensorLost(NAME, f"it cannot be opened ({error}): is another program using it?") from None


def _configured(camera: Any, order: Order) -> Size:  # noqa: ANN401 - picamera2 has no types
    """Width and height of the low-resolution stream, in the sensor's own shape.

    Half of the sensor's resolution as the raw mode: smaller ones see only its middle (IMX219, IMX708).
    """
    wide, high = camera.sensor_resolution
    width, height = order.width, _even(order.width * high / wide)
    camera.configure(
        camera.create_preview_configuration(
            main={"size": (2 * width, 2 * height)},
            lores={"size": (width, height), "format": "YUV420"},
            raw={"size": (_even(wide / 2), _even(high / 2))},
            buffer_count=BUFFERS,
        )
    )
    return width, height


def _even(length: float) -> int:
    return round(length / 2) * 2
