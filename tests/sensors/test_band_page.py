"""docs/band.md says what the code does: UUIDs, limits, examples, rungs."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensors import band
from sensors.band import intake, ladder
from sensors.wire import gatt, profile

PAGE = (Path(__file__).parents[2] / "docs" / "band.md").read_text()


def test_the_uuids():
    assert all(uuid in PAGE for uuid in (profile.SERVICE, profile.SKIN, profile.MOTION))


def test_the_examples_are_read_as_they_say():
    read = gatt.readers(profile.FIELDS)
    assert "`E8 03 80 0C 01` = at 1.000 s, 3.2 microsiemens, worn" in PAGE
    skin = bytes.fromhex("E803800C01")
    assert skin == profile.skin_bytes(1.0, 3.2, contact=True)
    assert read[profile.SKIN](0, skin).microsiemens == pytest.approx(3.2)
    assert "`E8 03 28 00` = 0.040 g" in PAGE
    assert bytes.fromhex("E8032800") == profile.motion_bytes(1.0, 0.04)


def test_the_limits():
    assert f"nothing valid for {band.SILENT_S:g} s" in PAGE
    assert f"no contact for {intake.OFF_S:g} s" in PAGE
    assert f"battery: {100 * intake.LOW:g} % left" in PAGE
    assert f"over again at {100 * intake.WELL:g} %" in PAGE
    assert f"{profile.SKIN_HZ} reports a second" in PAGE
    assert f"within {intake.DOUBLE_S:g} s" in PAGE


def test_every_rung_and_every_vital():
    assert all(f"| {rung.name} |" in PAGE for rung in ladder.LADDER[:4])
    assert f"forget and rescan, {len(ladder.LADDER) - 4} times" in PAGE
    assert all(f"`{vital}`" in PAGE for vital in gatt.VITALS)
