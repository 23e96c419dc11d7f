import socket

import pytest

from agent.runtime.sdnotify import notify


@pytest.mark.parametrize("abstract", [False, True])
def test_what_is_notified_arrives(tmp_path, monkeypatch, abstract):
    name = f"@distress-{tmp_path.name}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(name.replace("@", "\0", 1) if abstract else name)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"


@pytest.mark.parametrize("name", ["", "/nowhere/notify", "vsock:2:1234"])
def test_nothing_happens_where_nobody_listens(monkeypatch, name):
    monkeypatch.setenv("NOTIFY_SOCKET", name)
    notify("WATCHDOG=1")
