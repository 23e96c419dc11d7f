"""Far sides for the tests: an HTTP server and an SMTP server on a free port, ruled by the test."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP

LOCAL = "127.0.0.1"


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Web:
    """An HTTP/1.1 server: answers (status, headers, body) in order, the last for ever, and keeps what came.

    silent: takes the request and says nothing; half: breaks off in the middle of its answer.
    """

    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=lambda: [(200, {}, b"{}")])
    silent: bool = False
    half: bool = False
    came: list[Request] = field(default_factory=list)
    url: str = ""

    async def serve(self, reader, writer):
        request = await _read(reader)
        if request is None:
            return
        self.came.append(request)
        if self.silent:
            await reader.read()
        writer.write(self._answer())
        await writer.drain()

    def _answer(self):
        status, headers, body = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        head = {"Content-Length": str(len(body)), "Connection": "close"} | headers
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        whole = f"HTTP/1.1 {status} so\r\n{lines}\r\n".encode() + body
        return whole[:12] if self.half else whole


async def _read(reader):
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        method, path, _ = head[0].split(" ")
        pairs = (line.split(": ", 1) for line in head[1:-2])
        headers = {name.lower(): value for name, value in pairs}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    except asyncio.IncompleteReadError:
        return None
    return Request(method, path, headers, body)


@asynccontextmanager
async def listening(serve, port=0, tls=None):
    """A server on `port` (0: a free one), closed with all its connections at the end."""
    open_ones = {}

    async def tracked(reader, writer):
        open_ones[asyncio.current_task()] = writer
        try:
            await serve(reader, writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(tracked, LOCAL, port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for writer in open_ones.values():
            writer.transport.abort()
        await asyncio.gather(*open_ones)


@asynccontextmanager
async def web(port=0, tls=None, **rules):
    """A running Web; its `url` says where."""
    far = Web(**rules)
    async with listening(far.serve, port, tls) as taken:
        far.url = f"{'https' if tls else 'http'}://{LOCAL}:{taken}"
        yield far


@dataclass
class Post:
    """What an SMTP server does with letters: what it answers to RCPT and DATA, and what it took."""

    rcpt: str = "250 OK"
    data: str = "250 OK"
    hang_s: float = 0.0
    taken: list = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.rcpt.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        await asyncio.sleep(self.hang_s)
        if self.data == "hang up":
            server.transport.abort()
        if self.data.startswith("250"):
            self.taken.append(envelope)
        return self.data


@asynccontextmanager
async def post(port=0, tls=None, starttls=None, authenticator=None, **rules):
    """A running aiosmtpd; `tls` from the first byte, `starttls` asked for by the client."""
    far = Post(**rules)
    loop = asyncio.get_running_loop()

    def protocol():
        return SMTP(
            far,
            hostname="far.example",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=authenticator,
            auth_required=authenticator is not None,
            loop=loop,
        )

    server = await loop.create_server(protocol, LOCAL, port, ssl=tls)
    far.port = server.sockets[0].getsockname()[1]
    try:
        yield far
    finally:
        server.close()
        await asyncio.sleep(0)
