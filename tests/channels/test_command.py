"""Command: exit 0 is yes; the rest, a hang and what it started included, is told and cleaned up."""

import asyncio
import os
import time
from dataclasses import replace

import pytest

from agent.channels import Undelivered
from agent.channels.command import Command, CommandSettings, arguments
from tests.channels.notices import ASHA, ID, message, sort_of

TO = "+491701234567"


def program(script, timeout_s=5.0, *more):
    argv = ("/bin/sh", "-c", script, "sh", *more)
    return Command(CommandSettings(argv, timeout_s), replace(ASHA, wearer="Åsa"))


async def test_text_number_and_names_reach_the_program(tmp_path):
    out = tmp_path / "out"
    names = "$DISTRESS_INCIDENT_ID $DISTRESS_SEQ $DISTRESS_KIND"
    script = f'cat > {out}; printf " %s" "$1" {names} >> {out}'
    await program(script, 5.0, "to={to}").deliver(message(TO))
    assert out.read_text().startswith("ALARM Åsa: scream heard")
    assert out.read_text().endswith(f" to={TO} {ID} 1 alarm")


@pytest.mark.parametrize(
    ("code", "sort"),
    [(1, "later"), (69, "later"), (75, "later"), (64, "never"), (67, "never"), (78, "shut"), (127, "shut")],
)
async def test_exit_codes(code, sort):
    with pytest.raises(Undelivered, match=f"ended with {code}: no signal$") as why:
        await program(f"echo first >&2; echo no signal >&2; exit {code}").deliver(message(TO))
    assert sort_of(why.value) == sort


async def test_no_shell_reads_the_recipient(tmp_path):
    nasty = f"$(touch {tmp_path}/x); `touch {tmp_path}/x` | {{to}}"
    assert arguments(("say", "-n", "{to}"), nasty) == ("say", "-n", nasty)
    await Command(CommandSettings(("/bin/echo", "{to}")), ASHA).deliver(message(nasty))
    assert list(tmp_path.iterdir()) == []


async def test_a_program_that_reads_nothing_may_accept():
    await Command(CommandSettings(("/bin/true",)), ASHA).deliver(message(TO))


async def test_much_noise_is_not_kept():
    with pytest.raises(Undelivered, match="ended with 3") as why:
        await program("yes | head -c 1000000 | tee /dev/stderr; exit 3").deliver(message(TO))
    assert len(str(why.value)) < 300


async def test_a_hanging_program_and_its_children_are_killed(tmp_path):
    pids = tmp_path / "pids"
    began = time.monotonic()
    with pytest.raises(Undelivered, match="did not end within") as why:
        await program(f"sleep 60 & echo $! $$ > {pids}; wait", 0.3).deliver(message(TO))
    assert why.value.retry
    assert time.monotonic() - began < 2
    await gone(pids)


async def test_cancelling_kills_it_too(tmp_path):
    pids = tmp_path / "pids"
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await program(f"sleep 60 & echo $! $$ > {pids}; wait", 60.0).deliver(message(TO))
    await gone(pids)


async def gone(pids):
    """All processes named in the file have ended (a dead child of a dead parent may wait for its reaper)."""
    for pid in pids.read_text().split():
        async with asyncio.timeout(2):
            while alive(pid):
                await asyncio.sleep(0.01)


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as stat:
            return stat.read().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.mark.parametrize("argv", [("/no/such/program",), (os.devnull,), ("/bin/echo", "a\0b")])
async def test_what_cannot_be_started(argv):
    with pytest.raises(Undelivered, match="cannot be started") as why:
        await Command(CommandSettings(argv), ASHA).deliver(message(TO))
    assert sort_of(why.value) == "shut"
