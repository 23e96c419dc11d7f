"""The pipe between the camera and its child: whole messages, in whatever pieces they come."""

from __future__ import annotations

import numpy as np
import pytest

from sensors.camera.pipe import Inlet, Kind, Message, Order, said

ORDER = Order("rtsp://asha:secret@cam/1", 320, 5.0, 1.0)


def messages():
    pixels = np.random.default_rng(0).integers(0, 256, (24, 32)).astype(np.uint8)
    return [
        Message(Kind.PICTURE, 1.5, pixels),
        said(Kind.FAULT, 2.5, "it is too dark"),
        Message(Kind.PICTURE, 3.5, pixels[:, ::2]),  # not in one piece of memory
        said(Kind.END, 4.5, ""),
    ]


@pytest.mark.parametrize("size", [1, 7, 13, 100, 10_000])
def test_messages_arrive_whole(size):
    sent = messages()
    data = b"".join(message.bytes() for message in sent)
    inlet = Inlet()
    found = [m for start in range(0, len(data), size) for m in inlet.take(data[start : start + size])]
    assert [(m.kind, m.at) for m in found] == [(m.kind, m.at) for m in sent]
    assert all(np.array_equal(a.body, b.body) for a, b in zip(found, sent, strict=True))
    assert found[1].text() == "it is too dark"
    assert found[3].text() == ""


def test_an_order_travels_as_one_line():
    assert Order.read(ORDER.text()) == ORDER
    assert "\n" not in ORDER.text()
