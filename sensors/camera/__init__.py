"""The camera: grey pictures, five a second, or one while nothing moves or the device is hot.

live.py is the sensor. All that may hang (libcamera, a dead RTSP server, a USB driver) is in a child process,
child.py: it takes pictures (picamera.py, stream.py), says how often (pace.py), judges them (faults.py) and
sends them through a pipe (pipe.py). Only a process can be ended from outside; a thread that hangs stays.
"""

from __future__ import annotations

from sensors.camera.live import Camera, usb_cameras

__all__ = ["Camera", "usb_cameras"]
