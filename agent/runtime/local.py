"""The local socket: the same door as MQTT's, for programs and people on the device itself.

One JSON object a line in, one a line out: a request as in docs/mqtt/request.json, or what only the device
itself may ask, such as {"action": "status"}.
Only the user that runs the agent (and root) may open it: the file's mode is 0600.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

MOST_BYTES = 16_384
"""Longest line that is read; requests are shorter still."""

QUIET_S = 10.0
"""A client that says nothing for so long is let go."""

NAME = "agent.sock"
SERVICE = Path("/var/lib/distress-agent")
"""Where the system service keeps its state."""

Answer = Callable[[bytes], Awaitable[dict[str, Any]]]
Asked = Mapping[str, Callable[[], dict[str, Any]]]
"""What is answered at once, by action, and only here."""


async def serve(path: Path, knock: Answer, asked: Asked) -> None:
    """Answer on a Unix socket, for ever: a part for supervise. Raises OSError where it cannot be made."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(QUIET_S):
                line = await reader.readline()
                writer.write(json.dumps(await _answer(line, knock, asked)).encode() + b"\n")
                await writer.drain()
        except (TimeoutError, ValueError, OSError):
            return  # too long a line, or the client went away
        finally:
            writer.close()

    was = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(talk, path, limit=MOST_BYTES)  # takes a dead one's place
    finally:
        os.umask(was)
    async with server:
        await server.serve_forever()


async def _answer(line: bytes, knock: Answer, asked: Asked) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    action = told.get("action") if isinstance(told, dict) else None
    return asked[action]() if isinstance(action, str) and action in asked else await knock(line)


def where(folder: Path) -> Path:
    """The socket of the daemon that keeps its state in `folder`, or else of the system's service."""
    own, service = folder / NAME, SERVICE / NAME
    return own if _is_there(own) or not _is_there(service) else service


def _is_there(path: Path) -> bool:
    """Whether it is there for this user: the service's folder is closed to all others."""
    try:
        return path.exists()
    except PermissionError:
        return False


async def ask(path: Path, request: dict[str, Any]) -> dict[str, Any]:
    """Send one request to the running daemon. Raises ConnectionError in one sentence where none runs."""
    try:
        async with asyncio.timeout(QUIET_S):
            reader, writer = await asyncio.open_unix_connection(path)
            writer.write(json.dumps(request).encode() + b"\n")
            line = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        raise ConnectionError(
            f"no running agent answers at {path}: start it with `distress-agent run`"
        ) from None
    if not line:
        raise ConnectionError(f"the agent at {path} ended the conversation")
    answer: dict[str, Any] = json.loads(line)
    return answer
