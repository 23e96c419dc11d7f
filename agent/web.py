"""Web: HTTP/1.1 for a page or two, on asyncio's streams. One request a connection, small and soon over.

No framework: two pages need none, and on a device that must not fail every package is one more that can. A
proxy with TLS belongs in front. What is too long, too slow or not understood is told so and let go.
"""

from __future__ import annotations

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

HEAD_MOST_BYTES = 8192
BODY_MOST_BYTES = 1024
QUIET_S = 10.0
"""A visitor has so long for everything."""

MOST_OPEN = 32
"""Visitors at a time. Another lets the one go who came first: whoever holds many open keeps nobody out."""

HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Connection": "close",
}
"""No script, nobody else's site, no trace: the address of a page is a key."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request: GET (or HEAD) or POST, the path without its query, the body."""

    method: str
    path: str
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Page:
    """An answer: HTTP status and a document."""

    status: HTTPStatus
    html: str


Respond = Callable[[Visit], Awaitable[Page]]


async def serve(host: str, port: int, respond: Respond) -> None:
    """Answer visitors for ever: a part for supervise. Raises OSError where it cannot listen."""
    visitors: dict[StreamWriter, None] = {}

    async def welcome(reader: StreamReader, writer: StreamWriter) -> None:
        visitors[writer] = None
        if len(visitors) > MOST_OPEN:
            next(iter(visitors)).close()
        try:
            async with asyncio.timeout(QUIET_S):
                await _talk(reader, writer, respond)
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            return  # too slow, or gone away
        finally:
            visitors.pop(writer, None)
            writer.close()

    server = await asyncio.start_server(welcome, host, port, limit=HEAD_MOST_BYTES)
    async with server:
        await server.serve_forever()


async def _talk(reader: StreamReader, writer: StreamWriter, respond: Respond) -> None:
    visit = await _read(reader)
    page = await respond(visit) if isinstance(visit, Visit) else plain(visit, visit.phrase)
    body = page.html.encode()
    lines = [f"HTTP/1.1 {page.status.value} {page.status.phrase}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in HEADERS.items()]
    no_body = isinstance(visit, Visit) and visit.method == "HEAD"
    writer.write("\r\n".join([*lines, "", ""]).encode() + (b"" if no_body else body))
    await writer.drain()


async def _read(reader: StreamReader) -> Visit | HTTPStatus:
    """The request, or what is wrong with it."""
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.LimitOverrunError:
        return HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
    first, *rest = head.split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1."):
        return HTTPStatus.BAD_REQUEST
    if words[0] not in ("GET", "HEAD", "POST"):
        return HTTPStatus.METHOD_NOT_ALLOWED
    pairs = (line.partition(":") for line in rest)
    size = _body_size({name.strip().lower(): value.strip() for name, _, value in pairs})
    if isinstance(size, HTTPStatus):
        return size
    return Visit(words[0], words[1].partition("?")[0], await reader.readexactly(size))


def _body_size(headers: dict[str, str]) -> int | HTTPStatus:
    """Octets of the body that follows, or why it is not taken."""
    if "transfer-encoding" in headers:
        return HTTPStatus.LENGTH_REQUIRED
    size = headers.get("content-length", "0")
    if not (size.isascii() and size.isdigit()):
        return HTTPStatus.BAD_REQUEST
    return (
        int(size) if len(size) < 9 and int(size) <= BODY_MOST_BYTES else HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    )


def plain(status: HTTPStatus, title: str, main: str = "") -> Page:
    """A whole document; `main` is HTML that follows the heading, `title` HTML without elements."""
    return Page(status, DOCUMENT.format(title=title, main=main))


DOCUMENT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 1.1rem/1.5 sans-serif; max-width: 40rem; margin: 1rem auto; padding: 0 1rem }}
button {{ font: inherit; font-weight: bold; padding: 1rem; margin: 0.5rem 0; width: 100% }}
dt {{ font-weight: bold }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
{main}
</main>
</body>
</html>
"""
