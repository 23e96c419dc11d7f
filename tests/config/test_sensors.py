"""The sensors' sections: what can be asked for, what is refused, and the drivers that come of it."""

import pytest

from agent import config
from agent.config import ConfigError
from agent.config.drivers import drivers, light
from sensors import lamp
from sensors.band import Which
from sensors.camera import Camera
from sensors.fixed_position import FixedPosition
from sensors.gpio_button import GpioButton
from sensors.gps import Gps
from sensors.key_button import KeyButton
from sensors.modem_location import ModemLocation

FIELD = 'uuid: f0001111-0451-4000-b000-000000000000, format: "<2xH", vital: microsiemens'


def known(tmp_path, text):
    file = tmp_path / "agent.yaml"
    file.write_text(f"sensors:\n  {text}\n")
    return config.load(file).sensors


def made(tmp_path, text, name):
    return {driver.name: driver for driver in drivers(known(tmp_path, text))}[name]


def test_by_themselves_the_microphone_and_the_supply_are_on():
    assert [(d.name, d.limit_s) for d in drivers(config.Config().sensors)] == [
        ("microphone", 2),
        ("power", 30),
    ]
    assert light(config.Config().sensors) is None


def test_nothing_may_be_on_at_all(tmp_path):
    assert list(drivers(known(tmp_path, "microphone: {enabled: false}\n  power: {enabled: false}"))) == []


@pytest.mark.parametrize(
    ("text", "name", "sensor", "limit_s"),
    [
        (
            "camera: {enabled: true, source: /dev/video0, per_s: 2}",
            "camera",
            Camera("/dev/video0", 320, 2),
            20,
        ),
        ("position: {source: gpsd, limit_s: 60}", "gps", Gps(patience_s=50), 60),
        ("position: {source: modem}", "gps", ModemLocation(110), 120),
        ("position: {source: fixed, latitude: 48, longitude: 11}", "gps", FixedPosition(48, 11), 120),
        ("button: {source: gpio, pin: 17, pull_up: false}", "button", GpioButton(17, False), None),
        (
            "button: {source: key, device: /dev/input/x, key: 28}",
            "button",
            KeyButton("/dev/input/x", 28),
            None,
        ),
    ],
)
def test_a_section_becomes_its_driver(tmp_path, text, name, sensor, limit_s):
    driver = made(tmp_path, text, name)
    assert (driver.sensor, driver.limit_s) == (sensor, limit_s)


def test_a_band_by_name_with_a_language_of_its_own(tmp_path):
    text = f"band: {{enabled: true, name: Wrist, adapter: hci1, silent_s: 300, fields: [{{{FIELD}}}]}}"
    band = made(tmp_path, text, "band").sensor
    assert (band.which, band.silent_s) == (Which(name="Wrist", adapter="hci1"), 300)
    assert "f0001111-0451-4000-b000-000000000000" in band.intake.readers


def test_a_buzzer_falls_silent(tmp_path):
    assert light(known(tmp_path, "lamp: {pin: 4, kind: touch}"))._patterns is lamp.TOUCH


@pytest.mark.parametrize("lamp_section", ["{}", "{pin: 4, kind: touch}"])
def test_a_lamp_that_nobody_would_see_cannot_be_asked_to_cry_out(tmp_path, lamp_section):
    file = tmp_path / "agent.yaml"
    file.write_text(f"incident: {{at_alarm: lamp}}\nsensors: {{lamp: {lamp_section}}}\n")
    with pytest.raises(
        ConfigError, match=r"incident\.at_alarm: needs sensors\.lamp with a pin, and of kind light"
    ):
        config.load(file)
    file.write_text("incident: {at_alarm: lamp}\nsensors: {lamp: {pin: 4}}\n")
    assert config.policy(config.load(file)).at_alarm == "lamp"


def test_a_cameras_address_is_never_shown(tmp_path):
    asked = known(tmp_path, "camera: {enabled: true, source: rtsp://asha:geheim@door}")
    assert "geheim" not in repr(asked)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("position: {source: fixed, latitude: 48}", "needs latitude and longitude"),
        ("position: {latitude: 91}", "does not fit"),
        ("button: {source: gpio}", "needs its pin"),
        ("button: {source: key}", "needs its device"),
        ("band: {address: nearby}", "does not fit"),
        (f"band: {{fields: [{{{FIELD.replace('microsiemens', 'mood')}}}]}}", "mood is no vital"),
        (f"band: {{fields: [{{{FIELD.replace('2xH', '2H')}}}]}}", "exactly one number"),
        ("camra: {}", "did you mean camera?"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(tmp_path, text, told):
    with pytest.raises(ConfigError) as caught:
        known(tmp_path, text)
    assert told in str(caught.value)
    assert ":2: sensors" in str(caught.value)
