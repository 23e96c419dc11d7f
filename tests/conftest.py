"""Fixtures for real services. What is missing is said aloud, and its tests are skipped."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time

import pytest


class Mosquitto:
    """A broker of our own on a free port of loopback, in a folder of its own."""

    def __init__(self, folder, program):
        self.folder = folder
        self.program = program
        self.host = "127.0.0.1"
        self.port = free_port()
        self.extra = ["allow_anonymous true"]
        self.process = None

    def start(self, *lines):
        """Begin with these lines of configuration; return when it listens."""
        self.extra = list(lines) or self.extra
        config = self.folder / "mosquitto.conf"
        text = [f"listener {self.port} {self.host}", "persistence false", "user root", *self.extra]
        config.write_text("\n".join(text) + "\n")
        self.process = subprocess.Popen(
            [self.program, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        until = time.monotonic() + 10
        while not self._listens():
            assert self.process.poll() is None, f"mosquitto ended with {self.process.returncode}"
            assert time.monotonic() < until, "mosquitto does not listen"
            time.sleep(0.02)
        return self

    def stop(self):
        """End it at once, as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _listens(self):
        with socket.socket() as way:
            way.settimeout(0.5)
            return way.connect_ex((self.host, self.port)) == 0


def mosquitto_program():
    """Where the broker's program is; None without one."""
    return shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")


def free_port():
    """A port of loopback that nobody has just now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def mosquitto_off(tmp_path):
    """A Mosquitto that has not been started yet."""
    program = mosquitto_program()
    if program is None:
        pytest.skip("no mosquitto on this machine: apt-get install mosquitto")
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    broker = Mosquitto(folder, program)
    yield broker
    broker.stop()


@pytest.fixture
def mosquitto(mosquitto_off):
    """A running Mosquitto that lets everybody in."""
    return mosquitto_off.start()
