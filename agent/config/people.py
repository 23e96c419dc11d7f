"""Contacts as sections, and what they say of the channels: every name known, every address possible."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from agent.channels.phone import e164
from agent.config.channels import Channels
from agent.config.email import Email, mail_address
from agent.config.fault import Place
from agent.config.section import Section, Text
from agent.config.sms import Sms
from agent.config.web import Apprise, Command, Ntfy, Webhook, topic

if TYPE_CHECKING:
    from agent.config.model import Config

SINGLE = ("email", "sms", "ntfy")
"""Channels of which there is one, called by their section; the others have names of their own."""
SEVERAL = ("webhooks", "commands", "apprise")

Ways = Email | Sms | Ntfy | Webhook | Command | Apprise


def _somebody(name: str) -> str:
    if name.casefold() in ("wearer", "the wearer"):
        raise ValueError("a contact cannot be the wearer: what the wearer asks for has other rights")
    if not name.isprintable() or name != name.strip():
        raise ValueError("must be one line without spaces at its ends")
    return name


class Way(Section):
    """One way to reach a contact."""

    channel: Text
    """email, sms or ntfy, or the name of a webhook, a command or an Apprise service."""
    to: Text | None = None
    """The address there: a number as +491701234567, a mail address, a topic."""


class Contact(Section):
    """One caregiver."""

    name: Annotated[Text, AfterValidator(_somebody)]
    """Who it is; the same name as in their acknowledgements."""
    tier: Annotated[int, Field(ge=1, le=9)] = 1
    """1 is alarmed first, 2 when nobody of tier 1 acknowledges in time, and so on."""
    warn: bool = False
    """Whether tier 1 hears, quietly, of a pre-alarm that the wearer can still cancel."""
    channels: tuple[Way, ...] = ()
    """How to reach them, the best way first; all are used at once."""


def ways(channels: Channels) -> dict[str, Ways]:
    """The configured channels by the names that contacts call them."""
    single = {name: getattr(channels, name) for name in SINGLE}
    several = {way.name: way for group in SEVERAL for way in getattr(channels, group)}
    return {name: way for name, way in (several | single).items() if way is not None}


def recipient(to: str | None, way: Ways) -> str:
    """Whom a channel is to reach for a contact. Raises ValueError with what is wrong with `to`."""
    match way:
        case Email() | Sms():
            if to is None:
                raise ValueError("is missing: the number or the mail address")
            return mail_address(to) if isinstance(way, Email) else e164(to)
        case Ntfy():
            return _topic_for(to, way)
        case Command():
            return _argument(to, way)
        case Apprise() if to is not None:
            raise ValueError("an Apprise service has its address in its url; leave `to` out")
    return to or "*"


def _topic_for(to: str | None, way: Ntfy) -> str:
    if to is None and way.topic is None:
        raise ValueError("is missing: a topic, here or in channels.ntfy")
    return "*" if to is None else topic(to)


def _argument(to: str | None, way: Command) -> str:
    if way.wants_to != (to is not None):
        raise ValueError("must be here if the command's argv holds {to}, and only then")
    if to is not None and to.startswith("-"):
        raise ValueError("must not begin with -: the program would take it for an option")
    return to or "*"


def faults(config: Config) -> Iterator[tuple[Place, str]]:
    """What does not fit together: where, and what helps."""
    yield from _twice(config)
    if config.channels.apprise and find_spec("apprise") is None:
        yield ("channels", "apprise"), "needs the extra: pip install 'distress-agent[apprise]'"
    known = ways(config.channels)
    for n, contact in enumerate(config.contacts):
        if not contact.channels and not config.channels.mqtt.enabled:
            yield ("contacts", n), "can never be reached: no channels here, and channels.mqtt is off"
        for m, way in enumerate(contact.channels):
            place: Place = ("contacts", n, "channels", m)
            if way.channel not in known:
                yield (*place, "channel"), _unknown(way.channel, known)
                continue
            try:
                recipient(way.to, known[way.channel])
            except ValueError as error:
                yield (*place, "to"), str(error)
    yield from _idle(config)


def _twice(config: Config) -> Iterator[tuple[Place, str]]:
    names: set[str] = set()
    for n, contact in enumerate(config.contacts):
        if contact.name.casefold() in names:
            yield ("contacts", n, "name"), "stands here twice: who answered could not be told"
        names.add(contact.name.casefold())
    taken = {"mqtt", *SINGLE}
    for group in SEVERAL:
        for n, way in enumerate(getattr(config.channels, group)):
            if way.name in taken:
                yield ("channels", group, n, "name"), f"{way.name} is the name of another channel"
            taken.add(way.name)


def _unknown(name: str, known: dict[str, Ways]) -> str:
    if name == "mqtt":
        return "mqtt reaches all who subscribe, and nobody by address; leave it out"
    if name in SINGLE:
        return f"channels.{name} is not set up; fill it in"
    near = get_close_matches(name, known, 1)
    help_by = f"did you mean {near[0]}?" if near else f"known here: {', '.join(sorted(known)) or 'none yet'}"
    return f"no channel is called {name}; {help_by}"


def _idle(config: Config) -> Iterator[tuple[Place, str]]:
    """A channel that nobody is told through is a mistake that would be found out too late."""
    used = {way.channel for contact in config.contacts for way in contact.channels}
    cure = "nobody is told through it; name it in a contact's channels"
    for name in SINGLE:
        if getattr(config.channels, name) is not None and name not in used:
            yield ("channels", name), cure
    for group in SEVERAL:
        for n, way in enumerate(getattr(config.channels, group)):
            if not way.broadcast and way.name not in used:
                yield ("channels", group, n), f"{cure}, or write broadcast: true"
