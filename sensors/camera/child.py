"""The camera's child process: an order on standard input, messages on standard output, for ever.

    python -m sensors.camera.child

It ends when the source does, when nobody reads any more, or when its parent dies.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import BinaryIO

from sensors import SensorLost
from sensors.camera import picamera, stream
from sensors.camera.faults import Watch
from sensors.camera.pace import Pace, celsius
from sensors.camera.pipe import Kind, Message, Order, Pixels, said

PR_SET_PDEATHSIG = 1
"""prctl(2): a child that hangs while its parent dies would hold the camera for ever."""


def main() -> None:
    """Do what the order says; whatever ends it is told in the last message."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    out = _pipe()
    sys.excepthook = _telling(out)
    order = Order.read(sys.stdin.readline())
    if order.parent != os.getppid():
        return
    with suppress(BrokenPipeError):
        try:
            for message in messages(order):
                _send(out, message)
        except SensorLost as lost:
            _send(out, said(Kind.END, time.monotonic(), lost.why))
    os._exit(0)  # libcamera may hang in its own ending


def messages(order: Order) -> Iterator[Message]:
    """A message for each picture that is taken: the picture, or why nothing can be seen in it."""
    pace, watch = Pace(order.per_s, order.resting_per_s), Watch()
    for pixels in _source(order.source)(order, pace.per_s):
        at = time.monotonic()
        pace.look(at, pixels, celsius())
        fault = watch.look(at, pixels)
        yield said(Kind.FAULT, at, fault) if fault else Message(Kind.PICTURE, at, pixels)


def _source(name: str) -> Callable[[Order, Callable[[], float]], Iterator[Pixels]]:
    return picamera.pictures if name.partition(":")[0] == picamera.PREFIX else stream.pictures


def _pipe() -> BinaryIO:
    """Standard output for ourselves alone: what libraries print goes to standard error."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return out


def _send(out: BinaryIO, message: Message) -> None:
    out.write(message.bytes())
    out.flush()


def _telling(out: BinaryIO) -> Callable[[type[BaseException], BaseException, TracebackType | None], None]:
    """In the place of a traceback: one line to the parent."""

    def tell(kind: type[BaseException], error: BaseException, _: TracebackType | None) -> None:
        text = str(error).strip().partition("\n")[0]
        _send(out, said(Kind.END, time.monotonic(), f"it failed ({kind.__name__}: {text})"))

    return tell


if __name__ == "__main__":
    main()
