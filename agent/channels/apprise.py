"""Apprise: any of the hundred services it knows (Telegram, Pushover, Signal ...), as the extra `apprise`."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from importlib import import_module

from agent.channels import Link, Message, Undelivered
from agent.channels.letter import write
from agent.wording import Device


@dataclass(frozen=True, slots=True)
class Apprise:
    """The channel. `url`: an Apprise URL, which holds the secrets."""

    url: str = field(repr=False)
    device: Device
    acknowledge: Link | None = None
    timeout_s: float = 30.0

    async def deliver(self, message: Message) -> None:
        """Return when Apprise says that the service has it; it does not tell later from never.

        Raises Undelivered: with a cure where the extra is not installed or the URL is none of Apprise's.
        """
        try:
            apprise = import_module("apprise")
        except ModuleNotFoundError as error:
            raise Undelivered("Apprise is missing", cure="install distress-agent[apprise]") from error
        service = apprise.Apprise()
        if not service.add(self.url):
            raise Undelivered("the url is none that Apprise understands", cure="check the url")
        letter = write(message, self.device, self.acknowledge(message) if self.acknowledge else None)
        try:
            async with asyncio.timeout(self.timeout_s):
                taken = await service.async_notify(title=letter.subject, body=letter.plain)
        except TimeoutError as error:
            raise Undelivered(f"the service gave no answer within {self.timeout_s:g} s") from error
        if not taken:
            raise Undelivered("the service did not take it, says Apprise")
