"""The agent's own small page as a section."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

from agent.config.section import Port, Section, Text


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{url!r} is no address of a page; one looks like https://asha.example.org")
    return url.rstrip("/")


class Dashboard(Section):
    """The page that links in messages lead to; off without a base_url."""

    base_url: Annotated[Text, AfterValidator(_base)] | None = None
    """How telephones reach this page from outside, as https://asha.example.org; null: no page, no links."""
    host: Text = "127.0.0.1"
    """The address of this device that the page listens on; a proxy with TLS belongs in front of it."""
    port: Port = 8420
    """The port that the page listens on."""
