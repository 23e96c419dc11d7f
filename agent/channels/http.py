"""HTTP for the channels that speak it: one request, one answer, told apart as yes, later and never.

No redirect is followed: an alarm must not travel to a host that nobody wrote into the configuration,
and a network's login page answers with one. Errors name the host alone, for addresses hold secrets.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from agent.channels import Undelivered

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx

ANSWER_MOST_BYTES = 16_384
"""Of an answer no more is read: a far side gone wild must not fill the memory."""

RETRY_AFTER_MOST_S = 10.0
"""A Retry-After is obeyed up to this long before the failure is told; the courier's own wait comes on top."""


CURES = {
    401: "check the token or password",
    402: "the account has no credit left, top it up",
    403: "give the account the right to send there",
    404: "check the url",
    410: "check the url, the service says that it is gone",
}
"""Refusals of the way, and not of the message; what mends each."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `ca`: file of the authorities to trust, instead of the usual; `timeout_s`: for all."""

    url: str = field(repr=False)
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    method: str = "POST"
    timeout_s: float = 20.0
    ca: str | None = None

    @property
    def host(self) -> str:
        """What errors may say about where it went."""
        try:
            return urlsplit(self.url).hostname or "the address without a host"
        except ValueError:
            return "the malformed address"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the far side said: HTTP status and the first ANSWER_MOST_BYTES of the body as sent."""

    host: str
    status: int
    body: bytes


def prepare(ca: str | None = None) -> None:
    """Load what the first request needs, at the start: on a small board it takes seconds, and an alarm waits.

    Raises OSError if the file of authorities is missing or none.
    """
    import_module("anyio._backends._asyncio")
    _client(ca, 1.0)


async def send(call: Call) -> Answer:
    """Make the request; the answer may still be a refusal (see `accept`).

    Raises Undelivered when there is no whole answer.
    """
    import httpx

    # At INFO it writes whole addresses into the log; tokens and topics stand in them.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        async with asyncio.timeout(call.timeout_s):
            answer, wait_s = await _exchange(call)
    except TimeoutError as error:
        raise Undelivered(f"{call.host} gave no answer within {call.timeout_s:g} s") from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Undelivered(f"{call.host} has no url for http or https", cure="check the url") from error
    except httpx.LocalProtocolError:
        # Its own words show the header, and so the secret.
        raise Undelivered(f"a header for {call.host} holds what none may", cure="check headers") from None
    except (httpx.HTTPError, OSError) as error:
        raise Undelivered(f"{call.host} cannot be reached: {error or type(error).__name__}") from error
    await asyncio.sleep(min(wait_s, RETRY_AFTER_MOST_S))
    return answer


async def _exchange(call: Call) -> tuple[Answer, float]:
    headers = [(name.encode(), value.encode()) for name, value in call.headers.items()]
    headers += [(b"Accept-Encoding", b"identity"), (b"User-Agent", b"distress-agent")]
    client = _client(call.ca, call.timeout_s)
    async with client, client.stream(call.method, call.url, headers=headers, content=call.body) as response:
        answer = Answer(call.host, response.status_code, await _head(response))
        return answer, retry_after_s(response.headers.get("Retry-After"))


def _client(ca: str | None, timeout_s: float) -> httpx.AsyncClient:
    """Neither proxies nor passwords out of the environment: what goes where stands in the configuration."""
    import httpx

    return httpx.AsyncClient(verify=_trust(ca), trust_env=False, timeout=timeout_s)


@cache
def _trust(ca: str | None) -> SSLContext:
    """Made once: reading all authorities takes tens of milliseconds on a small board."""
    import httpx

    return create_default_context(cafile=ca) if ca else httpx.create_ssl_context()


async def _head(response: httpx.Response) -> bytes:
    body = b""
    async with aclosing(cast("AsyncGenerator[bytes]", response.aiter_raw())) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) >= ANSWER_MOST_BYTES:
                break
    return body[:ANSWER_MOST_BYTES]


def retry_after_s(header: str | None) -> float:
    """Seconds to wait by a Retry-After header (RFC 9110, 10.2.3); 0 without one or where it is a date."""
    return float(header) if header and header.isascii() and header.isdigit() else 0.0


def accept(answer: Answer, said: str = "") -> None:
    """Return if the answer means "I have it" (2xx).

    Raises Undelivered otherwise: with a cure where the way is shut (CURES), and for good where asking again
    cannot help: every other 4xx but 408 and 429. `said` is what the far side gave as its reason.
    """
    if 200 <= answer.status < 300:
        return
    why = f": {said}" if said else ""
    if answer.status < 400:
        raise Undelivered(
            f"{answer.host} wants to send us elsewhere (HTTP {answer.status}): the url is old, or the "
            "network asks for a login first"
        )
    retry = answer.status >= 500 or answer.status in (408, 429)
    cure = CURES.get(answer.status, "")
    raise Undelivered(
        f"{answer.host} refused it (HTTP {answer.status}){why}", retry=retry or bool(cure), cure=cure
    )
