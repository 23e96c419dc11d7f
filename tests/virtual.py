"""A loop whose time jumps to the next timer as soon as nothing is ready: an hour of waiting in a moment."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


class Inline(ThreadPoolExecutor):
    """Runs the work at once, so that threads take no real time and keep their order."""

    def submit(self, fn, /, *args, **kwargs):
        """Done before it returns."""
        done = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - as a real executor
            done.set_exception(error)
        return done


class JumpingSelector(selectors.DefaultSelector):
    """Never sleeps: moves `now` on instead."""

    def __init__(self):
        super().__init__()
        self.now = 0.0

    def select(self, timeout=None):
        """What is ready; otherwise the wait is over at once."""
        ready = super().select(0)
        if not ready and timeout:
            self.now += timeout
        elif not ready and timeout is None:
            raise RuntimeError("nothing can ever happen again: every task waits and no timer is set")
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """The loop; `time()` begins at 0."""

    def __init__(self):
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)
        self.set_default_executor(Inline())

    def time(self):
        """Virtual seconds."""
        return self.jumping.now


def run(work: Coroutine[Any, Any, T]) -> T:
    """asyncio.run on virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)
