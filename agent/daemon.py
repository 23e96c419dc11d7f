"""The daemon: `distress-agent run`. Builds the house from the configuration and keeps it until a signal.

SIGTERM and SIGINT end it, with everything queued on disk. SIGHUP reads the configuration again: a good
one builds the house anew (the mind remembers through the outbox), a bad one is told and the old one stays.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import os
import signal
import sys
from logging.handlers import QueueHandler, QueueListener
from pathlib import Path
from queue import SimpleQueue

from agent import build, config, ending
from agent.config import Config, ConfigError
from agent.core.events import Event
from agent.core.notice import Notice
from agent.core.watch import Watch
from agent.house import House
from agent.out import say
from agent.runtime.sdnotify import notify
from agent.senses.shelf import ModelUnfit
from agent.telling import tell
from agent.wording import sentence

log = logging.getLogger("distress_agent")


def run(path: Path | None, *, as_json: bool) -> int:
    """Run until stopped; 0. Raises ConfigError, ModelUnfit or OSError for what forbids the start."""
    known = config.load(path)
    listener = _logging(known)
    try:
        asyncio.run(_until_the_end(known, path, listener, as_json=as_json))
    finally:
        listener.stop()
    return 0


async def _until_the_end(known: Config, path: Path | None, listener: QueueListener, *, as_json: bool) -> None:
    """All is on disk when the last day is over: leave at once, whatever a library's thread still waits for.

    A thread that connects or looks a name up cannot be cancelled, and would hold up the exit for seconds.
    """
    await _days(known, path, as_json=as_json)
    listener.stop()
    sys.stdout.flush()
    os._exit(0)


def _logging(known: Config) -> QueueListener:
    """Lines go to standard error through a queue, so that a slow terminal or disk never holds the loop."""
    queue: SimpleQueue[logging.LogRecord] = SimpleQueue()
    lines = logging.StreamHandler(os.fdopen(os.dup(2), "w"))  # its own: sensors/hush.py covers the other
    lines.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    root = logging.getLogger()
    root.handlers = [QueueHandler(queue)]
    root.setLevel(known.log.level.upper())
    listener = QueueListener(queue, lines)
    listener.start()
    return listener


async def _days(known: Config, path: Path | None, *, as_json: bool) -> None:
    """One house after the other: a new one for every good configuration that is read."""
    orders: asyncio.Queue[signal.Signals] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, orders.put_nowait, number)
    before, today = None, known
    while True:
        house, before = await _moved_in(today, before, as_json=as_json)
        after = await _day(house, path, orders)
        if after is None:
            return
        today = after


async def _moved_in(today: Config, before: Config | None, *, as_json: bool) -> tuple[House, Config]:
    """An open house and its configuration: the one of before, where nobody can live by the new one."""
    try:
        return await _opened(today, as_json=as_json), today
    except (OSError, ModelUnfit) as error:
        if before is None:
            raise
        log.error("the configuration is kept as it was: %s", error)
        return await _opened(before, as_json=as_json), before


async def _opened(known: Config, *, as_json: bool) -> House:
    plan = build.plan(known)

    def hidden(watch: Watch) -> bool:
        """Whether somebody may look on who must not know: the log is silent after a duress PIN."""
        return watch.incident is not None and watch.incident.duress

    def seen(event: Event, before: Watch, after: Watch, notices: tuple[Notice, ...]) -> None:
        for notice in notices if not hidden(after) else ():
            log.warning("%s", sentence(notice, plan.device))
        for told in tell(event, before, after, notices, plan.policy) if as_json else ():
            say(json.dumps(told, allow_nan=False))

    house = House(plan, seen)
    await house.open()
    logging.getLogger().setLevel(known.log.level.upper())
    return house


async def _day(house: House, path: Path | None, orders: asyncio.Queue[signal.Signals]) -> Config | None:
    """Live in one house; the configuration of the next one, or None at the end."""
    async with asyncio.TaskGroup() as group:
        parts = house.start(group)
        gc.collect()
        gc.freeze()
        notify("READY=1")
        next_day = await _ordered(orders, path)
        notify("STOPPING=1" if next_day is None else "RELOADING=1")
        if next_day is None:
            await house.last_words(goes_on=await ending.device_goes_on())
        for part in parts:
            part.cancel()
    await house.outbox.close()
    return next_day


async def _ordered(orders: asyncio.Queue[signal.Signals], path: Path | None) -> Config | None:
    """What to live by from now on: a configuration that was read anew, or None to end."""
    while await orders.get() is signal.SIGHUP:
        try:
            fresh = config.load(path)
        except (ConfigError, OSError) as error:
            log.error("the configuration is kept as it was: %s", error)
        else:
            log.info("the configuration was read again")
            return fresh
    return None
