"""A progress bar on standard error: only on a terminal, only once the work has proved to be long."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AFTER_S = 1.0
"""Work that is done sooner shows no bar."""

EVERY_S = 0.1


@contextmanager
def progress(name: str, total: float | None) -> Iterator[Callable[[float], None]]:
    """Gives `reached(how_far)`, to be called as often as one likes; `total` None means unknown."""
    if not sys.stderr.isatty():
        yield lambda reached: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()
    aside = sys.stdout.isatty()  # rich would send a piped standard output to standard error
    bar = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=aside)
    task = bar.add_task(name[-40:], total=total)
    shown = time.monotonic() + AFTER_S - EVERY_S

    def reached(how_far: float) -> None:
        nonlocal shown
        if time.monotonic() - shown < EVERY_S:
            return
        shown = time.monotonic()
        bar.start()
        bar.update(task, completed=how_far)

    try:
        yield reached
    finally:
        bar.stop()
