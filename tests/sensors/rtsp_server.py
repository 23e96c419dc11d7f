"""A camera on the network, made here: RTSP (RFC 2326) that sends MPEG-4 pictures in the same connection.

Sources: interleaved data, RFC 2326 section 10.12; RTP, RFC 3550; MP4V-ES, RFC 6416.
"""

from __future__ import annotations

import asyncio
import struct
from contextlib import asynccontextmanager
from fractions import Fraction

import av
import numpy as np

SDP = """v=0
o=- 0 0 IN IP4 127.0.0.1
s=camera
t=0 0
m=video 0 RTP/AVP 96
a=rtpmap:96 MP4V-ES/90000
a=fmtp:96 config={config}
a=control:track0
"""
PER_S = 25


def encoded(width=640, height=480, seconds=2):
    """The stream's head, and pictures of a scene with noise."""
    codec = av.CodecContext.create("mpeg4", "w")
    codec.width, codec.height, codec.pix_fmt = width, height, "yuv420p"
    codec.time_base, codec.framerate, codec.gop_size = Fraction(1, PER_S), PER_S, 5
    codec.flags |= 1 << 22  # AV_CODEC_FLAG_GLOBAL_HEADER
    codec.open()
    rng = np.random.default_rng(0)
    squares = np.kron(rng.integers(40, 200, (height // 40, width // 40)), np.ones((40, 40)))
    packets = []
    for number in range(seconds * PER_S):
        grey = (squares + rng.integers(-9, 10, squares.shape)).astype(np.uint8)
        picture = av.VideoFrame.from_ndarray(np.repeat(grey[..., None], 3, 2), "rgb24")
        picture.pts = number
        packets += map(bytes, codec.encode(picture))
    return codec.extradata, packets


def rtp(count, number, data):
    """One picture as packets, the last one marked; `count`: packets so far."""
    pieces = [data[start : start + 1400] for start in range(0, len(data), 1400)]
    packets = b""
    for index, piece in enumerate(pieces):
        mark = 0x80 if index == len(pieces) - 1 else 0
        head = struct.pack(">BBHII", 0x80, mark | 96, (count + index) & 0xFFFF, number * 90_000 // PER_S, 7)
        packets += struct.pack(">cBH", b"$", 0, len(head + piece)) + head + piece
    return packets, count + len(pieces)


@asynccontextmanager
async def camera(silent_after=None):
    """The address of a camera that plays for ever, or says nothing more after so many pictures."""
    head, packets = encoded()

    async def serve(reader, writer):
        while request := (await reader.readuntil(b"\r\n\r\n")).decode():
            verb = request.split()[0]
            sequence = request.partition("CSeq:")[2].split()[0]
            body = SDP.format(config=head.hex()).replace("\n", "\r\n") if verb == "DESCRIBE" else ""
            lines = [f"CSeq: {sequence}", "Session: 1", "Public: OPTIONS, DESCRIBE, SETUP, PLAY"]
            if verb == "SETUP":
                lines.append("Transport: RTP/AVP/TCP;unicast;interleaved=0-1")
            if body:
                lines += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
            writer.write(("RTSP/1.0 200 OK\r\n" + "\r\n".join(lines) + "\r\n\r\n" + body).encode())
            if verb == "PLAY":
                break
        count = number = 0
        while silent_after is None or number < silent_after:
            data, count = rtp(count, number, packets[number % len(packets)])
            writer.write(data)
            await writer.drain()
            number += 1
            await asyncio.sleep(1 / PER_S)
        await asyncio.sleep(3600)

    async with serving(serve) as port:
        yield f"rtsp://asha:secret@127.0.0.1:{port}/live?key=secret"


@asynccontextmanager
async def serving(serve):
    """A TCP server on a free port; connections end with it, in whatever state."""
    tasks = set()

    async def kept(reader, writer):
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def connected(reader, writer):
        tasks.add(asyncio.create_task(kept(reader, writer)))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
