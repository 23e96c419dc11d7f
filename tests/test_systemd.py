"""The unit file: systemd finds nothing to say about it, and it locks the daemon in."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[1] / "systemd" / "distress-agent.service"

pytestmark = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed (package systemd)"
)


@pytest.fixture
def unit(tmp_path):
    """The unit with a command that is there: whether ours is installed is not the question."""
    text, changed = re.subn(r"(?m)^ExecStart=\S+", f"ExecStart={shutil.which('true')}", UNIT.read_text())
    assert changed == 1
    file = tmp_path / UNIT.name
    file.write_text(text)
    return file


def analyze(*arguments):
    done = subprocess.run(
        ["systemd-analyze", *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_systemd_verifies_it_without_a_word(unit):
    assert analyze("verify", "--man=no", unit) == (0, "")


def test_an_unknown_key_would_be_noticed(unit):
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdogSeconds="))
    assert analyze("verify", "--man=no", unit)[1]


def test_it_is_locked_in(unit):
    """At most 2.5 of 10, where 10 is what a program could do as root."""
    code, said = analyze("security", "--offline=true", "--threshold=25", unit)
    assert code == 0, said


@pytest.mark.parametrize(
    "kind",
    [
        *("alsa", "input", "video4linux", "media", "dma_heap", "gpiochip"),
        *("ttyUSB", "ttyACM", "ttyAMA", "ttyS"),
    ],
)
def test_what_can_be_configured_can_be_opened(kind):
    assert re.search(rf"(?m)^DeviceAllow=char-{kind} rw?$", UNIT.read_text())


def test_the_pin_library_has_a_folder_to_write_in():
    text = UNIT.read_text()
    assert "RuntimeDirectory=distress-agent" in text
    assert "WorkingDirectory=%t/distress-agent" in text


def test_only_groups_that_are_there_are_asked_for(unit, tmp_path):
    """A missing one would keep the unit from starting."""
    getent = tmp_path / "bin" / "getent"
    getent.parent.mkdir()
    getent.write_text('#!/bin/sh\ncase "$2" in audio | dialout) ;; *) exit 2 ;; esac\n')
    getent.chmod(0o755)
    done = subprocess.run(
        [UNIT.parents[1] / "scripts" / "unit-groups"],
        env=os.environ | {"PATH": f"{getent.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[Service]\nSupplementaryGroups=audio dialout\n"
    assert "SupplementaryGroups" not in UNIT.read_text()
    drop_in = tmp_path / f"{unit.name}.d" / "groups.conf"
    drop_in.parent.mkdir()
    drop_in.write_text(done.stdout)
    assert analyze("verify", "--man=no", unit) == (0, "")


def test_the_watchdog_is_fed_often_enough():
    """The guard says that it is alive with each tick, four a second; a start takes seconds on a small Pi."""
    text = UNIT.read_text()
    assert "Type=notify" in text
    assert 10 <= int(re.search(r"WatchdogSec=(\d+)", text)[1]) <= 60
