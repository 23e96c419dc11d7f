"""Whether the device goes on: as the system's manager says; where nobody can tell, it may be going."""

import time

import pytest

from agent.ending import device_goes_on
from tests.test_last_words import systemctl

__all__ = ["systemctl"]


@pytest.mark.parametrize(
    ("does", "goes_on"),
    [
        ("echo running", True),
        ("{ echo degraded; exit 1; }", True),
        ("echo stopping", False),
        ("echo offline", False),
        ("echo unknown", False),
        ("exit 1", False),
        ("exec sleep 5", False),
    ],
)
async def test_it_is_what_the_manager_says(systemctl, does, goes_on):
    systemctl(does)
    began = time.monotonic()
    assert await device_goes_on() is goes_on
    assert time.monotonic() - began < 3


async def test_without_a_manager_it_may_be_going(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await device_goes_on() is False
