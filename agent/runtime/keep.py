"""Keep: what a sense has learnt of its wearer, in a small file of its own that outlives a restart.

Written seldom and whole: a new file takes the old one's place, so that a power cut leaves one or the other.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

EVERY_S = 600.0

Values = dict[str, float]

log = logging.getLogger("distress_agent")


def read(path: Path) -> Values | None:
    """What was kept; None where there is nothing, or nothing that can be read (which is logged)."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        log.warning("%s cannot be read and is begun anew: %s", path, error)
        return None
    return told if isinstance(told, dict) else None


def write(path: Path, values: Values) -> None:
    """Put the values in the file's place; a disk that is full is logged, for nothing depends on it now."""
    fresh = path.with_suffix(".new")
    try:
        fresh.write_text(json.dumps(values), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        log.warning("%s cannot be written: %s", path, error)


async def keep(path: Path, shown: Callable[[], Values]) -> None:
    """Write what is known now and then, and at the end: a part for supervise."""
    try:
        while True:
            await asyncio.sleep(EVERY_S)
            await asyncio.to_thread(write, path, shown())
    finally:
        write(path, shown())
