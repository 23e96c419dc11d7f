"""Everything imports everywhere, quickly: heavy libraries wait until a device or file is opened."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
HARDWARE = ("sounddevice", "picamera2", "bleak", "gpiozero", "av", "ai_edge_litert", "tflite_runtime")
HEAVY = (*HARDWARE, "soundfile", "soxr", "scipy", "pydantic", "aiomqtt", "paho", "amqtt", "rich")

# A libraries' finder that knows none of the named ones, as on a machine where they are not installed.
WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
{code}
"""


def run_without(names, code):
    script = WITHOUT.format(names=set(names), code=code)
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, timeout=60, check=False
    )


# Imports each module of a room.
EACH = """
import importlib, pkgutil
for room in {rooms}:
    package = importlib.import_module(room)
    for module in pkgutil.walk_packages(package.__path__, room + "."):
        importlib.import_module(module.name)
"""


def test_the_ground_needs_the_standard_library_alone():
    done = run_without(
        (*HEAVY, "numpy", "yaml"), "import agent, sensors\n" + EACH.format(rooms=["agent.core"])
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", ["agent.senses", "agent.runtime", "agent.wording", "sensors"])
def test_a_room_imports_without_heavy_libraries(room):
    done = run_without(HEAVY, EACH.format(rooms=[room]))
    assert done.returncode == 0, done.stderr


def test_everything_imports_without_hardware():
    done = run_without(HARDWARE, EACH.format(rooms=["agent", "sensors"]))
    assert done.returncode == 0, done.stderr


def test_help_needs_no_heavy_library():
    done = run_without((*HEAVY, "numpy", "yaml"), "from agent.cli import main\nsys.exit(main(['--help']))")
    assert done.returncode == 0, done.stderr
    assert "distress-agent" in done.stdout
