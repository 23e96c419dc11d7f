"""What goes through the pipe between the agent and the camera's child process; pure, no I/O.

There: one Order, as JSON. Back: messages, each a kind, a time and a body with its shape in front.
"""

from __future__ import annotations

import json
import struct
from dataclasses import asdict, dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray

NAME = "camera"
Pixels = NDArray[np.uint8]
"""One grey picture, shape (height, width)."""

HEAD = struct.Struct("=cdHH")


@dataclass(frozen=True, slots=True)
class Order:
    """What the child is to do. No argument, since addresses hold passwords and `ps` shows arguments."""

    source: str
    width: int
    per_s: float
    resting_per_s: float
    parent: int = 0
    """Whose child it is; who dies before the child has asked to die along would leave an orphan."""

    def text(self) -> str:
        """The order as JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Order:
        """The order that text() wrote."""
        return cls(**json.loads(text))


class Kind(Enum):
    """A good picture; why a picture that was taken shows nothing; why there will be no more."""

    PICTURE = b"P"
    FAULT = b"F"
    END = b"E"


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the child; `at` on the monotonic clock, which all processes of a machine share."""

    kind: Kind
    at: float
    body: Pixels

    def text(self) -> str:
        """The body of a FAULT or an END."""
        return self.body.tobytes().decode(errors="replace")

    def bytes(self) -> bytes:
        """What travels."""
        rows, columns = self.body.shape
        return HEAD.pack(self.kind.value, self.at, rows, columns) + self.body.tobytes()


def said(kind: Kind, at: float, text: str) -> Message:
    """A message of words."""
    body = np.frombuffer(text.encode()[:0xFFFF], np.uint8)
    return Message(kind, at, body[None])


class Inlet:
    """Puts messages together from bytes as they come, in whatever pieces."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, data: bytes) -> list[Message]:
        """The messages that are complete now."""
        self._rest += data
        found = []
        while (message := self._first()) is not None:
            found.append(message)
        return found

    def _first(self) -> Message | None:
        if len(self._rest) < HEAD.size:
            return None
        kind, at, rows, columns = HEAD.unpack_from(self._rest)
        end = HEAD.size + rows * columns
        if len(self._rest) < end:
            return None
        body = np.frombuffer(bytes(self._rest[HEAD.size : end]), np.uint8).reshape(rows, columns)
        del self._rest[:end]
        return Message(Kind(kind), at, body)
