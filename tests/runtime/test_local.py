"""The local socket: where it is looked for, by users who may not look everywhere."""

from pathlib import Path

import pytest

from agent.runtime import local


@pytest.fixture
def service(tmp_path, monkeypatch):
    """The folder of the system's service."""
    folder = tmp_path / "service"
    folder.mkdir()
    monkeypatch.setattr(local, "SERVICE", folder)
    return folder


def test_without_one_of_our_own_the_service_is_asked(service, tmp_path):
    (service / local.NAME).touch()
    assert local.where(tmp_path) == service / local.NAME


def test_our_own_goes_first(service, tmp_path):
    for folder in (service, tmp_path):
        (folder / local.NAME).touch()
    assert local.where(tmp_path) == tmp_path / local.NAME


def test_a_service_that_is_closed_to_us_is_not_ours(service, tmp_path, monkeypatch):
    seen = Path.exists

    def exists(path):
        if service in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return seen(path)

    monkeypatch.setattr(Path, "exists", exists)
    assert local.where(tmp_path) == tmp_path / local.NAME
