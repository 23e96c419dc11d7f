"""Link book: the links of this device: how they are signed, whose they are, which have been used.

The key and the used links are two small files in the storage folder; without the key no link of an earlier
run would be known again.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path

from agent import links
from agent.channels import Message
from agent.core.notice import Address
from agent.links import Claim
from agent.runtime import keep

PLACE = "/a/"
"""Under the base address, what comes before a token."""

KEEP = 1000
"""Used links that are known again. A count and no age: a clock that leaps must make none good once more."""

log = logging.getLogger("distress_agent")

KEY, USED = "links.key", "links.used.json"


@dataclass(frozen=True, slots=True)
class LinkBook:
    """The links of this device: how they are signed, whose they are, and which have been used.

    key: reads the secret, and makes it at the first time; who: from core/names.py; used: token -> when it
    expires (Unix s), kept in the file `memory`.
    """

    base_url: str
    key: Callable[[], bytes] = field(repr=False)
    who: Mapping[Address, str]
    memory: Path
    used: dict[str, float] = field(repr=False)

    def to_answer(self, channel: str, message: Message) -> str | None:
        """The link for a message's recipient; None for those who have no name."""
        notice, name = message.notice, self.who.get(Address(channel, message.recipient))
        if name is None:
            return None
        expires = int(notice.wall) + links.LASTS_S
        return self._url(Claim(notice.incident_id, notice.seq, 0, expires, name))

    def _url(self, claim: Claim) -> str:
        return f"{self.base_url}{PLACE}{links.sign(self.key(), claim)}"

    def next(self, claim: Claim) -> str:
        """The token for one more answer, on the page that thanks for the first."""
        return links.sign(self.key(), Claim(claim.incident_id, claim.seq, 1, claim.expires, claim.name))

    def read(self, token: str) -> Claim:
        """Whose token it is. Raises ValueError where it is none of ours."""
        return links.read(self.key(), token, dict.fromkeys(self.who.values()))

    def use_up(self, token: str, claim: Claim) -> None:
        """From now on this token answers no more."""
        self.used[token] = claim.expires

    def give_back(self, token: str) -> None:
        """Its answer was not taken: it may be given again."""
        self.used.pop(token, None)

    def remember(self) -> None:
        """What has been used stays so after a restart."""
        for old in list(self.used)[:-KEEP]:
            del self.used[old]
        keep.write(self.memory, self.used)


def open_links(base_url: str, folder: Path, who: Mapping[Address, str]) -> LinkBook:
    """The links of the agent that keeps its state in `folder`. Nothing is written yet.

    (Whoever only looks, as `doctor` does for another user, must leave no key behind that is not the agent's.)
    """
    memory = folder / USED
    return LinkBook(base_url, cache(partial(_key, folder / KEY)), who, memory, keep.read(memory) or {})


def _key(file: Path) -> bytes:
    """The secret that signs, readable by its owner alone; one that is cut short is made anew.

    A disk that cannot be written must not forbid the start: then links are good until the next one.
    """
    fresh = secrets.token_bytes(links.KEY_BYTES)
    try:
        known = file.read_bytes() if file.exists() else b""
        if len(known) == links.KEY_BYTES:
            return known
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.unlink(missing_ok=True)
        file.touch(mode=0o600, exist_ok=False)
        file.write_bytes(fresh)
    except OSError as error:
        log.warning("the links in messages will not outlive a restart: %s", error)
    return fresh
