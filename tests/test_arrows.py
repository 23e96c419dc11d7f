"""The arrows of the house: which room may import which, read from the source itself."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [path for room in ("agent", "sensors", "export") for path in sorted((ROOT / room).rglob("*.py"))]
PROTOCOL = {"agent.channels.Channel", "agent.channels.Message", "agent.channels.Undelivered"}

# What a room may import of the house; a name covers what lies below it, and the first that fits rules.
ALLOWED = {
    "agent.core": {"agent.core"},
    "agent.senses": {"agent.senses", "agent.core.events", "sensors.readings"},
    "agent.channels": {"agent.channels", "agent.core", "agent.wording"},
    "agent.wording": {"agent.wording", "agent.core"},
    "agent.runtime": {"agent.runtime", "agent.core", "sensors.readings", *PROTOCOL},
    "agent.config": {"agent.config", "agent.core", "agent.channels", "agent.wording", "sensors"},
    "sensors": {"sensors"},
    "export": {"export", "agent.senses", "sensors.readings"},
    "agent": {"agent", "sensors"},
}
# These rooms are known at the entrances alone: every other part is handed plain values.
GUARDED = {
    "agent.build": {
        "agent.asking",
        "agent.cli",
        "agent.commands",
        "agent.daemon",
        "agent.demo",
        "agent.doctor",
        "agent.replay",
    },
    "agent.config": {
        "agent.config",
        "agent.build",
        "agent.asking",
        "agent.cli",
        "agent.commands",
        "agent.daemon",
        "agent.demo",
    },
}


def within(name, rooms):
    return next((room for room in rooms if name == room or name.startswith(room + ".")), None)


def module(path):
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module(path)}: relative import"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=module)
def test_a_room_imports_only_what_its_arrows_point_at(path):
    name = module(path)
    ours = [used for used in imports(path) if within(used, {"agent", "sensors", "export"})]
    allowed = ALLOWED[within(name, ALLOWED)]
    wrong = [used for used in ours if not within(used, allowed)]
    wrong += [used for used in ours if (room := within(used, GUARDED)) and not within(name, GUARDED[room])]
    assert not wrong, f"{name} must not know {', '.join(wrong)}"


@pytest.mark.parametrize("path", [p for p in FILES if "core" in p.parts], ids=module)
def test_the_core_needs_the_standard_library_alone(path):
    assert {used.split(".")[0] for used in imports(path)} <= {"agent", *sys.stdlib_module_names}
