"""The siren: two tones in turn, on a real sound server where there is one."""

import asyncio
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from sensors.readings import RATE
from sensors.siren import TONE_S, TONES_HZ, Siren, wave
from tests.pulse import SINK, pulse

ROOT = Path(__file__).parents[2]

SOUND = """
import asyncio
from sensors.siren import Siren
async def main():
    siren = Siren()
    siren.show(True)
    try:
        async with asyncio.timeout(3):
            await siren.run()
    except TimeoutError:
        pass
asyncio.run(main())
"""


def pitch(samples):
    spectrum = np.abs(np.fft.rfft(samples))
    return np.argmax(spectrum) * RATE / len(samples)


def test_two_tones_in_turn():
    tone = int(TONE_S * RATE)
    heard = wave(0, 4 * tone)
    assert [pitch(heard[k * tone : (k + 1) * tone]) for k in range(4)] == pytest.approx(
        2 * list(TONES_HZ), abs=3
    )
    assert np.abs(heard).max() <= 1


def test_blocks_make_one_wave():
    assert np.array_equal(np.concatenate([wave(0, 700), wave(700, 900)]), wave(0, 1600))


async def test_it_is_silent_until_it_is_to_sound():
    siren = Siren("no such speaker")
    task = asyncio.create_task(siren.run())
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()


def test_it_is_heard_through_a_sound_server(tmp_path):
    record = ["parec", "-d", f"{SINK}.monitor", "--format=float32le", "--rate=16000", "--channels=1"]
    with (
        pulse(tmp_path / "pulse") as server,
        subprocess.Popen(record, env=server.env, stdout=subprocess.PIPE) as ear,
    ):
        subprocess.run([sys.executable, "-c", SOUND], env=server.env, cwd=ROOT, check=True, timeout=60)
        ear.terminate()
        heard = np.frombuffer(ear.stdout.read(), np.float32)
    assert np.count_nonzero(np.abs(heard) > 0.01) > RATE / 10
    spectrum = np.abs(np.fft.rfft(heard))
    strongest = np.argsort(spectrum)[-40:] * RATE / len(heard)
    assert all(min(abs(hz - tone) for tone in TONES_HZ) < 20 for hz in strongest)
