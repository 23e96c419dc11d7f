"""Position by gpsd, which knows all receivers: its JSON over TCP (port 2947), from this machine or another.

A connection that stands proves nothing: what counts is the age of the newest real fix. gpsd restarts, and
receivers are unplugged; either is a loss with its cause, and the next run connects anew.
"""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import dataclass

from sensors import Emit, SensorLost
from sensors.wire.gpsd import WATCH, Talk

NAME = "gps"
PORT = 2947
CONNECT_S = 5.0
CHUNK = 65_536
PATIENCE_S = 110.0
"""Without a fix this long, the cause is told: ten seconds before a position that is 120 s old is given up."""

ENDED = "gpsd ended the connection: is it being restarted?"


@dataclass(frozen=True, slots=True)
class Gps:
    """gpsd at `host`:`port`."""

    host: str = "127.0.0.1"
    port: int = PORT
    patience_s: float = PATIENCE_S

    async def run(self, emit: Emit) -> None:
        """Emit Position until cancelled; SensorLost with the cause when gpsd is gone or no fix comes."""
        reader, writer = await self._connected()
        with closing(writer):
            writer.write(WATCH)
            why = await self._listen(reader, emit)
        raise SensorLost(NAME, why)

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        try:
            async with asyncio.timeout(CONNECT_S):
                return await asyncio.open_connection(self.host, self.port)
        except OSError:  # a name that is not known and TimeoutError too
            where = f"gpsd does not answer at {self.host} port {self.port}"
            raise SensorLost(NAME, f"{where}: is it installed (apt install gpsd) and running?") from None

    async def _listen(self, reader: asyncio.StreamReader, emit: Emit) -> str:
        """Emit what comes; why it ended."""
        talk = Talk()
        try:
            async with asyncio.timeout(self.patience_s) as patience:
                await self._take(reader, talk, emit, patience)
        except TimeoutError:
            return talk.why
        except ConnectionError:
            return ENDED
        return ENDED

    async def _take(
        self, reader: asyncio.StreamReader, talk: Talk, emit: Emit, patience: asyncio.Timeout
    ) -> None:
        """Until gpsd ends the connection; each position gives patience anew."""
        loop = asyncio.get_running_loop()
        while data := await reader.read(CHUNK):
            for position in talk.heard(data, loop.time()):
                emit(position)
                patience.reschedule(loop.time() + self.patience_s)
