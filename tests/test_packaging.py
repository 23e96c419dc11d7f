"""What is delivered: a wheel with everything in it, locks for every machine, make targets that explain."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def names(lock):
    """name -> the lines of its entry in a lock."""
    entries = re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE)[1:]
    found = {}
    for entry in entries:
        found.setdefault(re.match(r"[a-z0-9.-]+", entry)[0], []).append(entry)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "wheel"]
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder)]
    done = subprocess.run(
        [*pip, *options, str(ROOT)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as content:
        yield content


def test_the_wheel_carries_all_code(wheel):
    inside = set(wheel.namelist())
    code = {str(f.relative_to(ROOT)) for room in ("agent", "sensors") for f in (ROOT / room).rglob("*.py")}
    assert code <= inside
    assert {name.split("/")[0] for name in inside if ".dist-info" not in name} == {"agent", "sensors"}


def test_the_wheel_carries_models_and_configuration(wheel):
    inside = set(wheel.namelist())
    shelf = {f"agent/models_tflite/{f.name}" for f in (ROOT / "models_tflite").iterdir() if f.is_file()}
    assert {"agent/models_tflite/scream.tflite", "agent/models_tflite/scream.json"} <= shelf <= inside
    assert wheel.read("agent/config/agent.yaml") == (ROOT / "config/agent.yaml").read_bytes()


def test_the_wheel_carries_its_licence_and_command(wheel):
    inside = "\n".join(wheel.namelist())
    assert "licenses/LICENSE" in inside
    assert "licenses/NOTICE" in inside
    (entry,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "distress-agent = agent.cli:main" in wheel.read(entry).decode()


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_pins_by_hash_and_names_no_index(lock):
    text = (ROOT / lock).read_text()
    assert not re.search(r"https?://|file:|--index|--extra-index|--find-links", text)
    for entries in names(lock).values():
        for entry in entries:
            assert re.search(r"==[^ ]+.*\\\n +--hash=sha256:[0-9a-f]{64}", entry), entry


def test_both_locks_agree():
    run, dev = names("requirements.lock"), names("requirements-dev.lock")
    pins = lambda entries: {entry.split(" ")[0] for entry in entries}  # noqa: E731
    assert all(pins(entries) == pins(dev[name]) for name, entries in run.items())


def test_every_dependency_is_locked_and_argued():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    run = [*project["project"]["dependencies"], *extras["demo"], *extras["media"]]
    dev = project["dependency-groups"]["dev"]
    argued = (ROOT / "docs/dependencies.md").read_text().lower()
    for wanted, lock in ((run, "requirements.lock"), (dev, "requirements-dev.lock")):
        bare = {re.match(r"[\w.-]+", line)[0].lower() for line in wanted}
        assert bare <= set(names(lock))
        assert not [name for name in bare if f"`{name}`" not in argued]


def test_every_target_explains_itself():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    listed = subprocess.run(
        ["make", "-C", ROOT, "--no-print-directory"], capture_output=True, text=True, check=True
    )
    assert [line.split()[1] for line in listed.stdout.splitlines()] == phony
