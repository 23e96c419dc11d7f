"""gpsd: its JSON in every shape, a real one fed by gpsfake, and a fixed position."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from sensors import SensorLost, fixed_position, gps
from sensors.fixed_position import FixedPosition
from sensors.gps import Gps
from sensors.readings import Position
from sensors.wire.gpsd import LONGEST_LINE, NO_FIX, NOTHING, UNPLUGGED, UNREAL, WATCH, Talk
from tests import made
from tests.conftest import free_port

PLACE = {"class": "TPV", "device": "/dev/gps", "mode": 3, "lat": 48.137, "lon": 11.575, "eph": 9.5}


def line(**report):
    return json.dumps(report).encode() + b"\n"


def fix(**other):
    return line(**{**PLACE, **other})


def heard(*lines, talk=None):
    talk = talk or Talk()
    return talk.heard(b"".join(lines), 5.0)


# What it says


def test_a_fix_has_place_accuracy_and_the_time_it_came():
    assert heard(fix(time="2026-11-21T20:00:01.000Z")) == [Position(5.0, 48.137, 11.575, 9.5, "gps")]


@pytest.mark.parametrize(
    ("errors", "accuracy_m"),
    [
        ({"eph": 19.0}, 19.0),
        ({"eph": None, "epx": 3.0, "epy": 4.0}, 5.0),
        ({"eph": 7.0, "epx": 3.0, "epy": 4.0}, 7.0),
        ({"eph": None, "epx": 3.0}, None),
        ({"eph": 0}, None),
        ({"eph": "near"}, None),
    ],
)
def test_accuracy_is_eph_or_made_of_its_parts_or_unknown(errors, accuracy_m):
    assert heard(fix(**errors))[0].accuracy_m == accuracy_m


@pytest.mark.parametrize("mode", [0, 1, None, "3", 4, [3]])
def test_without_a_fix_there_is_no_position(mode):
    talk = Talk()
    assert heard(fix(mode=mode), talk=talk) == []
    assert talk.why == NO_FIX


@pytest.mark.parametrize("status", [5, 7, 8])
def test_what_was_not_measured_is_never_told_as_real(status):
    talk = Talk()
    assert heard(fix(status=status), talk=talk) == []
    assert talk.why == UNREAL[status]


@pytest.mark.parametrize("status", [None, 0, 1, 2, 3, 4, 6, 9, [8], "real"])
def test_every_measured_fix_is(status):
    assert len(heard(fix(status=status))) == 1


@pytest.mark.parametrize(
    "wrong",
    [{"lat": 91}, {"lat": None}, {"lon": "11"}, {"lon": float("nan")}, {"lat": 10**400}, {"lat": True}],
)
def test_no_place_on_earth_is_no_position(wrong):
    assert heard(fix(**wrong)) == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\n",
        b"\xff\xfe\x00\n",
        b"{]\n",
        b"[1, 2]\n",
        b"[" * 20_000 + b"\n",
        b'{"class":["TPV"]}\n',
        b'{"class":"TPV"}\n',
        line(**{"class": "SKY", "satellites": []}),
        b'{"class":"ERROR","message":"Unrecognized request"}\n',
    ],
)
def test_garbage_is_passed_over(garbage):
    assert heard(garbage) == []
    assert len(heard(garbage, fix())) == 1


def test_lines_may_be_cut_anywhere():
    whole = fix(time="1") + fix(time="2", lat=48.2)
    for cut in range(len(whole)):
        talk = Talk()
        assert len([*talk.heard(whole[:cut], 1.0), *talk.heard(whole[cut:], 2.0)]) == 2


def test_what_never_ends_its_line_takes_no_memory():
    talk = Talk()
    for _ in range(20):
        assert talk.heard(b"x" * LONGEST_LINE, 1.0) == []
    assert len(talk._rest) <= LONGEST_LINE
    assert len(talk.heard(b"\n" + fix(), 1.0)) == 1


def test_a_receiver_that_repeats_itself_goes_silent():
    talk = Talk()
    assert len(heard(fix(time="1"), fix(time="1"), fix(time="1"), talk=talk)) == 1
    assert len(heard(fix(time="1", device="/dev/other"), fix(time="2"), talk=talk)) == 2


def test_its_clock_may_say_what_it_likes():
    times = [
        "1980-01-06T00:00:00Z",
        "2026-11-21T20:00:01Z",
        "2031-11-21T20:00:02Z",
        "2007-04-06T20:00:03Z",
        None,
    ]
    assert len(heard(*(fix(time=time) for time in times))) == len(times)


def test_why_there_is_no_position():
    talk = Talk()
    assert talk.why == NOTHING
    heard(line(**{"class": "DEVICES", "devices": [{"path": "/dev/ttyACM0"}]}), talk=talk)
    assert talk.why == NO_FIX
    heard(line(**{"class": "DEVICE", "path": "/dev/ttyACM0", "activated": 0}), talk=talk)
    assert talk.why == UNPLUGGED
    heard(line(**{"class": "DEVICES", "devices": []}), talk=talk)
    assert talk.why == NOTHING


# The driver


@asynccontextmanager
async def gpsd(*said, stay=True):
    """A gpsd made up here: what it says to who watches; its port."""
    met = []

    async def meet(reader, writer):
        met.append(writer)
        assert await reader.readline() == WATCH
        writer.writelines(said)
        if stay:
            await reader.read()
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
        for writer in met:
            writer.close()


async def lost(port, patience_s=0.2):
    found = []
    with pytest.raises(SensorLost) as caught:
        await Gps(port=port, patience_s=patience_s).run(found.append)
    assert caught.value.name == "gps"
    return found, caught.value.why


async def test_positions_come_and_silence_is_a_loss():
    async with gpsd(fix(time="1"), fix(time="2"), fix(mode=1)) as port:
        found, why = await lost(port)
    assert [position.latitude for position in found] == [48.137, 48.137]
    assert found[0].at == pytest.approx(asyncio.get_running_loop().time(), abs=5)
    assert why == NO_FIX


async def test_only_simulated_positions_are_a_loss_with_that_cause():
    async with gpsd(fix(status=8)) as port:
        assert await lost(port) == ([], UNREAL[8])


async def test_gpsd_that_ends_is_a_loss_at_once():
    async with gpsd(fix(), stay=False) as port:
        found, why = await lost(port, patience_s=60)
    assert len(found) == 1
    assert why == gps.ENDED


async def test_no_gpsd_at_all():
    port = free_port()
    _, why = await lost(port)
    assert why == (
        f"gpsd does not answer at 127.0.0.1 port {port}: is it installed (apt install gpsd) and running?"
    )


async def test_a_host_that_is_not_known():
    with pytest.raises(SensorLost, match=r"gpsd does not answer at nowhere\.invalid"):
        await Gps("nowhere.invalid").run(lambda _: None)


# A real gpsd


class GpsFake:
    """gpsfake plays a file of sentences to a gpsd of its own, again and again."""

    def __init__(self, port):
        self.port = port
        self.process = None

    def play(self, file, every_s=0.03):
        self.stop()
        command = ["gpsfake", "-n", "-q", "-c", str(every_s), "-P", str(self.port), str(file)]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def stop(self):
        """End it; it takes its gpsd along."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None


@pytest.fixture
def gpsfake():
    if not shutil.which("gpsfake"):
        pytest.skip("no gpsd on this machine: apt-get install gpsd gpsd-clients")
    fake = GpsFake(free_port())
    yield fake
    fake.stop()


def walk(path, seconds=400, quality=1, dates=("211126",)):
    """A walk to the north, a metre a second, the date changing through `dates`."""
    lines = []
    for second in range(seconds):
        clock = f"20{second // 60:02d}{second % 60:02d}.00"
        place = f"48{8.0 + second / 1852:07.4f},N,01134.5000,E"
        date = dates[second * len(dates) // seconds]
        lines.append(made.sentence(f"GPGGA,{clock},{place},{quality},08,1.0,520.0,M,47.0,M,,"))
        lines.append(made.sentence("GPGSA,A,3,01,02,03,04,05,06,07,08,,,,,1.5,1.0,1.1"))
        lines.append(made.sentence(f"GPRMC,{clock},A,{place},1.9,0.0,{date},,,A"))
    path.write_text("\r\n".join(lines) + "\r\n", newline="")
    return path


async def some(fake, count, within_s=15.0):
    """Positions from the real one; gpsd takes a moment to listen."""
    found, enough = [], asyncio.Event()

    def take(position):
        found.append(position)
        if len(found) >= count:
            enough.set()

    async def keep_trying():
        while True:
            try:
                await Gps(port=fake.port).run(take)
            except SensorLost:
                await asyncio.sleep(0.1)

    trying = asyncio.ensure_future(keep_trying())
    try:
        async with asyncio.timeout(within_s):
            await enough.wait()
    finally:
        trying.cancel()
    return found


async def test_a_real_gpsd_plays_a_track(gpsfake, tmp_path):
    gpsfake.play(walk(tmp_path / "walk.nmea"))
    found = await some(gpsfake, 8)
    assert all(48.13 < position.latitude < 48.14 for position in found)
    assert all(position.longitude == pytest.approx(11.575) for position in found)
    assert all(5 < position.accuracy_m < 30 for position in found[2:])
    north = [position.latitude for position in found]
    assert north == sorted(north)


async def test_a_real_gpsd_restarts(gpsfake, tmp_path):
    track = walk(tmp_path / "walk.nmea")
    gpsfake.play(track)
    await some(gpsfake, 2)
    running = asyncio.ensure_future(Gps(port=gpsfake.port).run(lambda _: None))
    await asyncio.sleep(0.3)
    gpsfake.stop()
    with pytest.raises(SensorLost, match="gpsd"):
        async with asyncio.timeout(5):
            await running
    gpsfake.play(track)
    assert len(await some(gpsfake, 2)) >= 2


async def test_a_real_gpsd_says_what_is_simulated(gpsfake, tmp_path):
    gpsfake.play(walk(tmp_path / "walk.nmea", quality=8))
    found, why = [], ""
    async with asyncio.timeout(15):
        while why != UNREAL[8]:
            with pytest.raises(SensorLost) as caught:
                await Gps(port=gpsfake.port, patience_s=0.5).run(found.append)
            why = caught.value.why
            await asyncio.sleep(0.05)
    assert found == []


async def test_a_real_gpsd_whose_receiver_has_lost_its_calendar(gpsfake, tmp_path):
    gpsfake.play(walk(tmp_path / "walk.nmea", seconds=12, dates=("060180", "211126", "211131")), every_s=0.02)
    assert len(await some(gpsfake, 14)) >= 14


@pytest.mark.parametrize("name", ["copenhagen_receiver", "hike_30min"])
async def test_recorded_tracks(gpsfake, name):
    data = os.environ.get("DISTRESS_DATA")
    if not data:
        pytest.skip("no recordings at hand: set DISTRESS_DATA")
    track = Path(data) / "gps" / f"{name}.nmea"
    gpsfake.play(track, every_s=0.01)
    found = await some(gpsfake, 5)
    assert all(45 < position.latitude < 56 and 12 < position.longitude < 15 for position in found)


# A fixed position


async def test_a_fixed_position_is_told_again_and_again(monkeypatch):
    monkeypatch.setattr(fixed_position, "EVERY_S", 0.01)
    found = []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await FixedPosition(48.1, 11.5, 20.0).run(found.append)
    assert len(found) > 3
    assert {(p.latitude, p.longitude, p.accuracy_m, p.source) for p in found} == {(48.1, 11.5, 20.0, "fixed")}
    assert found[0].at < found[-1].at
