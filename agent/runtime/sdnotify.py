"""sd_notify: tells systemd how the daemon is, without a library (man 3 sd_notify).

A datagram to the socket that NOTIFY_SOCKET names; a leading @ stands for the abstract namespace.
"""

from __future__ import annotations

import os
import socket


def notify(state: str) -> None:
    """Send READY=1, WATCHDOG=1, STATUS=... Nothing happens without systemd, or when it is not listening."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as way:
        way.setblocking(False)
        try:
            way.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            return
