"""scenario.load: the whole format is understood, every mistake is told with file, line, key and cure."""

from __future__ import annotations

import pytest

from sensors import scenario
from sensors.readings import Position, Press, Vitals
from sensors.scenario import Fault, Layer, Scenario, Truth
from tests import made

WHOLE = """\
    seconds: 60
    seed: 7
    audio:
      - {synth: street, gain_db: -30}
      - {file: scream.wav, at: 31.5, gain_db: -12}
    band: band.csv
    position: track.csv
    presses: [{at: 44, press: cancel}, {at: 2, press: sos}]
    faults: [{sensor: band, from: 20, to: 35}]
    truth: [{cue: scream, from: 31.5, to: 33.9}]
    expect: {pre_alarm: [31.5, 33.5], alarm: true, cancelled: no}
    """
BAND = """\
    at,pulse_bpm,rr_ms,conductance_us,motion_g,contact
    1,80,750 760,3.5,1.01,1
    2,,,,,0
    3.5,81,,,,
    """
TRACK = """\
    at,latitude,longitude,accuracy_m
    0,48.1,11.5,8
    1,48.2,11.6,
    """


def load(tmp_path, yaml, **files):
    return scenario.load(made.folder(tmp_path, yaml, **files))


def test_the_whole_format(tmp_path):
    made.sound_file(tmp_path / "scream.wav", made.sine(1))
    loaded = load(tmp_path, WHOLE, band_csv=BAND, track_csv=TRACK)
    assert loaded == Scenario(
        seconds=60,
        seed=7,
        audio=(
            Layer(synth="street", gain_db=-30),
            Layer(file=tmp_path / "scream.wav", at=31.5, gain_db=-12),
        ),
        band=(
            Vitals(1, 80, (0.75, 0.76), 3.5, 1.01, True),
            Vitals(2, contact=False),
            Vitals(3.5, 81),
        ),
        position=(Position(0, 48.1, 11.5, 8), Position(1, 48.2, 11.6)),
        presses=(Press(2, "sos"), Press(44, "cancel")),
        faults=(Fault("band", 20, 35),),
        truth=(Truth("scream", 31.5, 33.9),),
        expect={"pre_alarm": (31.5, 33.5), "alarm": True, "cancelled": False},
    )


def test_only_seconds_is_needed(tmp_path):
    assert load(tmp_path, "seconds: 5") == Scenario(5)
    assert scenario.load(tmp_path / "scenario.yaml") == Scenario(5)


def test_nmea_is_cut_at_the_end(tmp_path):
    lines = [f"GPGGA,12000{second}.00,4800.0,N,01100.0,E,1,08,1.0,5,M,4,M,," for second in range(9)]
    text = "\n".join(map(made.sentence, lines))
    loaded = load(tmp_path, "{seconds: 5, position: track.nmea}", track_nmea=text)
    assert [fix.at for fix in loaded.position] == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("yaml", "says"),
    [
        ("second: 5", "scenario.yaml:1: second: no such key; did you mean seconds?"),
        ("{}", "scenario.yaml:1: seconds is missing"),
        ("", "scenario.yaml is empty"),
        ("a: [", "scenario.yaml:2: this is not YAML"),
        ("a:\n " + "[" * 100_000, "scenario.yaml:2: this is nested too deeply"),
        ("- 1", "should be keys with values"),
        ("seconds: soon", "scenario.yaml:1: seconds = soon: should be a number"),
        ("seconds: '5'", "seconds = 5: should be a number"),
        ("seconds: .nan", "seconds = .nan: should be a number"),
        ("seconds: -1", "seconds = -1: should be between 0.1 and 604800"),
        ("seconds: 5\nseconds: 6", "scenario.yaml:2: seconds = 6: is there twice"),
        ("seconds: 5\nseed: 1.5", "scenario.yaml:2: seed = 1.5: should be a whole number"),
        ("seconds: 5\naudio: street", "scenario.yaml:2: audio = street: should be a list"),
        ("seconds: 5\naudio:\n- {synth: screm}", ":3: audio[0].synth = screm: did you mean scream?"),
        (
            "seconds: 5\naudio:\n- {synth: tone, gain: 1}",
            ":3: audio[0].gain: no such key; did you mean gain_db?",
        ),
        ("seconds: 5\naudio: [{at: 1}]", "audio[0]: a layer has either file or synth"),
        ("seconds: 5\naudio: [{file: no.wav}]", "audio[0].file = no.wav: there is no such file beside"),
        ("seconds: 5\naudio: [{synth: tone, at: 6}]", "audio[0].at = 6: should be between 0 and 5"),
        ("seconds: 5\nband: band.csv", "band = band.csv: there is no such file"),
        ("seconds: 5\npresses: [{at: 1, press: sso}]", "presses[0].press = sso: did you mean sos?"),
        ("seconds: 5\npresses: [{press: sos}]", "presses[0]: at is missing"),
        (
            "seconds: 5\nfaults: [{sensor: bend, from: 1, to: 2}]",
            "faults[0].sensor = bend: did you mean band?",
        ),
        (
            "seconds: 5\nfaults: [{sensor: gps, from: 3, to: 2}]",
            "faults[0].to = 2: should be between 3 and 5",
        ),
        ("seconds: 5\nexpect: {alarms: true}", "expect.alarms: no such key; did you mean alarm?"),
        ("seconds: 5\nexpect: {alarm: 1}", "expect.alarm = 1: should be true or false"),
        ("seconds: 5\nexpect: {alarm: [1]}", "expect.alarm: should be true, false or [from, to]"),
    ],
)
def test_mistakes(tmp_path, yaml, says):
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load(tmp_path, yaml)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("x,80,,,,", "band.csv:2: at = x: should be a number"),
        (",80,,,,", "band.csv:2: at = : every row needs its time"),
        ("61,80,,,,", "band.csv:2: at = 61: should be between 0 and 60"),
        ("1,fast,,,,", "band.csv:2: pulse_bpm = fast: should be a number"),
        ("1,nan,,,,", "band.csv:2: pulse_bpm = nan: should be 0 or more"),
        ("1,inf,,,,", "band.csv:2: pulse_bpm = inf: should be 0 or more"),
        ("1,80,700 x,,,", "band.csv:2: rr_ms = 700 x: should be a number"),
        ("1,80,,,,maybe", "band.csv:2: contact = maybe: should be 1, 0 or empty"),
        ("1,80", "band.csv:2: 2 cells under 6 columns"),
        ("2,80,,,,\n1,80,,,,", "band.csv:3: at = 1: comes after 2"),
    ],
)
def test_mistakes_in_tables(tmp_path, row, says):
    text = "at,pulse_bpm,rr_ms,conductance_us,motion_g,contact\n" + row
    with pytest.raises(ValueError) as caught:  # noqa: PT011
        load(tmp_path, "{seconds: 60, band: band.csv}", band_csv=text)
    assert says in str(caught.value)


def test_mistakes_in_heads(tmp_path):
    with pytest.raises(ValueError, match=r"band\.csv:1: puls_bpm: .*did you mean pulse_bpm\?"):
        load(tmp_path, "{seconds: 60, band: band.csv}", band_csv="at,puls_bpm\n")
    with pytest.raises(ValueError, match=r"band\.csv:1: the column at is missing"):
        load(tmp_path, "{seconds: 60, band: band.csv}", band_csv="contact\n1")


def test_positions_need_both_degrees_and_a_fix(tmp_path):
    with pytest.raises(ValueError, match=r"track\.csv:2: latitude, longitude: a position needs both"):
        load(tmp_path, "{seconds: 60, position: track.csv}", track_csv="at,latitude\n1,48")
    with pytest.raises(ValueError, match=r"track\.nmea holds no NMEA sentence .* with a valid fix"):
        load(tmp_path, "{seconds: 60, position: track.nmea}", track_nmea="$GPRMC\n")


def test_a_folder_without_scenario(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"cannot read .*scenario\.yaml: no such file"):
        scenario.load(tmp_path)


def test_a_scenario_that_is_no_text(tmp_path):
    (tmp_path / "scenario.yaml").write_bytes(b"\xff\xfe\0s")
    with pytest.raises(ValueError, match="is not a text file"):
        scenario.load(tmp_path)
