"""A PulseAudio of our own with one null sink: what is played into it, a microphone hears."""

from __future__ import annotations

import os
import shutil
import subprocess
from contextlib import contextmanager

import pytest

SINK = "mic"


class Pulse:
    """A sound server in a folder of its own; `env`: what programs need in order to use it."""

    def __init__(self, folder):
        self.socket = folder / "pulse.sock"
        self.env = {
            **os.environ,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_SERVER": f"unix:{self.socket}",
        }
        (folder / ".asoundrc").write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n")
        door = f"module-native-protocol-unix socket={self.socket} auth-anonymous=1"
        self.server = subprocess.Popen(
            ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-target=null", "-L", door],
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.module = ""

    def plug(self):
        """The microphone is there, and the default."""
        self.module = self.ask(
            "load-module", "module-null-sink", f"sink_name={SINK}", "rate=16000", "channels=1"
        )
        self.ask("set-default-sink", SINK)
        self.ask("set-default-source", f"{SINK}.monitor")

    def unplug(self):
        """It is gone."""
        self.ask("unload-module", self.module)

    def mute(self, on):
        """Its switch: "1" is muted, "0" is not."""
        self.ask("set-source-mute", f"{SINK}.monitor", on)

    def start(self, path):
        """The program that begins to play a WAV file."""
        return subprocess.Popen(["paplay", "-d", SINK, str(path)], env=self.env)

    @contextmanager
    def playing(self, path):
        """Meanwhile a WAV file is played, at most once."""
        program = self.start(path)
        try:
            yield
        finally:
            program.kill()
            program.wait()

    def ask(self, *words):
        """What the server answers; it is tried again while the server starts."""
        for _ in range(100):
            done = subprocess.run(
                ["pactl", *words], env=self.env, capture_output=True, text=True, check=False
            )
            if done.returncode == 0:
                return done.stdout.strip()
            assert self.server.poll() is None, "pulseaudio ended"
        raise AssertionError(done.stderr)


@contextmanager
def pulse(folder):
    """A running one, the microphone plugged in."""
    missing = [name for name in ("pulseaudio", "pactl", "paplay") if not shutil.which(name)]
    if missing:
        pytest.skip(f"no {missing[0]} on this machine: apt-get install pulseaudio pulseaudio-utils")
    folder.mkdir(mode=0o700)
    server = Pulse(folder)
    try:
        server.plug()
        yield server
    finally:
        server.server.terminate()
        server.server.wait()
