"""The demo: the whole road with the model that ships. Nothing in it is scripted."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agent import build, config
from agent.replay import fold
from agent.timeline import timeline
from sensors import scenario
from sensors.synth import walk

ROOT = Path(__file__).parents[2]


def demo(*words):
    """Exit code, standard output, standard error of `distress-agent demo --fast`."""
    command = [sys.executable, "-m", "agent.cli", "demo", "--fast", *words]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT, timeout=120)
    return done.returncode, done.stdout, done.stderr


def events(out, *names):
    told = [json.loads(line) for line in out.splitlines()]
    return [line for line in told if line["event"] in names]


@pytest.fixture(scope="module")
def played():
    return demo("--json")


def test_a_scream_becomes_pre_alarm_and_alarm_with_reasons_and_location(played):
    code, out, err = played
    assert (code, err) == (0, "")
    warning, alarm = events(out, "pre_alarm", "alarm")
    assert (warning["event"], alarm["event"]) == ("pre_alarm", "alarm")
    assert (warning["incident_id"], warning["seq"], alarm["seq"]) == (alarm["incident_id"], 1, 2)
    assert alarm["reasons"][0]["cue"] == "scream"
    assert abs(alarm["location"]["latitude"] - 48.137) < 0.01


def test_every_notice_reached_the_caregivers_broker(played):
    delivered = events(played[1], "delivered")
    assert [(line["seq"], line["outcome"]) for line in delivered] == [(1, "accepted"), (2, "accepted")]
    (summary,) = events(played[1], "summary")
    assert (summary["alarms"], summary["missed"]) == (1, [])


def test_with_the_scream_removed_nothing_is_sent():
    code, out, _ = demo("--json", "--without", "scream")
    assert code == 0
    assert events(out, "pre_alarm", "alarm", "delivered") == []


def test_the_same_scenario_gives_the_same_events_byte_for_byte(played):
    assert demo("--json")[1] == played[1]


def test_replay_decides_as_the_demo_did(played):
    known, play = config.Config(), walk()
    told = list(
        fold(
            timeline(scenario.readings(play), play.seconds),
            build.senses(known)(None),
            config.policy(known),
            "demo",
        )
    )
    same = [line for line in told if line["event"] != "summary"]
    assert same == [
        line
        for line in map(json.loads, played[1].splitlines())
        if line["event"] not in ("delivered", "summary")
    ]


def test_an_alarm_without_a_position_says_so():
    (_, alarm) = events(demo("--json", "--without", "position")[1], "pre_alarm", "alarm")
    assert alarm["location"] is None


def test_people_read_lines_where_there_is_no_terminal():
    code, out, _ = demo()
    assert code == 0
    assert "the caregiver receives: 21:04:46  ALARM      scream heard" in out
    assert "no emergency service" in out


def test_an_own_recording_that_is_none_is_one_sentence(tmp_path):
    bad = tmp_path / "scream.wav"
    bad.write_text("no sound")
    code, _, err = demo("--scream", str(bad))
    assert code == 65
    assert len(err.splitlines()) == 1
    assert "scream.wav" in err


def test_a_reader_that_goes_away_is_no_error():
    words = [sys.executable, "-m", "agent.cli", "demo", "--fast", "--json"]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as shown:
        shown.stdout.readline()
        shown.stdout.close()
        assert shown.stderr.read() == ""
        assert shown.wait(60) == 0
