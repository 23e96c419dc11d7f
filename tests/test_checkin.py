"""Check-in by the command line: the time that people mean, and what the daemon is asked."""

from datetime import UTC, datetime, timedelta

import pytest

from agent import checkin
from agent.cli import main

NOW = datetime(2026, 1, 1, 21, 4, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(monkeypatch):
    """The device's zone."""
    import time

    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("22:04", 1),
        ("21:04", 24),
        ("7:04", 10),
        ("2026-01-02T21:04", 24),
        ("2026-01-01T23:04+01:00", 1),
    ],
)
def test_the_time_that_people_mean(text, hours):
    assert checkin.when(text, NOW) == NOW + timedelta(hours=hours)


@pytest.mark.parametrize("text", ["soon", "25:00", "", "22"])
def test_what_is_no_time_is_refused_in_one_sentence(text, tmp_path, capsys):
    file = tmp_path / "agent.yaml"
    file.write_text(f"storage: {{folder: {tmp_path}}}\n")
    assert main(["checkin", text, "-c", str(file)]) == 65
    (line,) = capsys.readouterr().err.splitlines()
    assert line == f"distress-agent: {text!r} is no time; write 22:30, 2026-01-01T22:30 or off"


def test_what_the_daemon_is_asked(monkeypatch, capsys, tmp_path):
    asked = []
    monkeypatch.setattr(checkin.ask, "run", lambda *words, **facts: asked.append((words, facts)) or 0)
    checkin.run(tmp_path, "2099-01-01T22:30", "wearer", "1234")
    checkin.run(tmp_path, "off")
    assert asked == [
        ((tmp_path, "checkin", "wearer"), {"pin": "1234", "due": "2099-01-01T22:30:00.000Z"}),
        ((tmp_path, "checkin_off", None), {"name": "checkin off", "pin": None}),
    ]
    assert capsys.readouterr().out.startswith("Answer by Thursday 22:30 with")
