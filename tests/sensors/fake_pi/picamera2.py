"""As much of picamera2 as the camera uses, for its child process. FAKE_PI says how it behaves."""

import os
import time

import numpy as np

HOW = os.environ.get("FAKE_PI", "fine")
STRIDE = 384
print("a library that prints on standard output")


class Picamera2:
    sensor_resolution = (3280, 2464)

    @staticmethod
    def global_camera_info():
        return [] if HOW == "none" else [{"Model": "imx219", "Num": 0}]

    def __init__(self, number=0):
        if HOW == "busy":
            raise RuntimeError("Camera __init__ sequence did not complete.")
        self.taken = 0
        self.duration_s = 0.0

    def create_preview_configuration(self, main, lores, raw, buffer_count):
        assert main["size"] >= lores["size"]
        assert lores["format"] == "YUV420"
        assert raw["size"] == (1640, 1232)
        return {"main": main, "lores": lores, "buffer_count": buffer_count}

    def configure(self, configuration):
        self.size = configuration["lores"]["size"]

    def start(self):
        if HOW == "hang":
            time.sleep(3600)

    def set_controls(self, controls):
        least, most = controls["FrameDurationLimits"]
        assert least == most
        self.duration_s = most / 1e6

    def capture_array(self, name):
        assert name == "lores"
        time.sleep(self.duration_s)
        self.taken += 1
        if self.taken == 4 and HOW in ENDS:
            ENDS[HOW]()
        width, height = self.size
        pixels = np.full((height * 3 // 2, STRIDE), 255, np.uint8)
        pixels[:height, :width] = 0 if HOW == "dark" else scene(height, width, self.taken)
        return pixels


def scene(height, width, number):
    """Squares of many greys, and noise that changes with the picture's number."""
    squares = np.random.default_rng(0).integers(40, 200, (height // 20 + 1, width // 20 + 1))
    picture = np.kron(squares, np.ones((20, 20)))[:height, :width]
    return (picture + np.random.default_rng(number).integers(-3, 4, picture.shape)).astype(np.uint8)


def fail():
    raise ValueError("numpy.dtype size changed\nwith a second line")


ENDS = {"stop": lambda: time.sleep(3600), "die": lambda: os.kill(os.getpid(), 9), "fail": fail}
