"""What can be asked of a running agent, of its record, and of agents far away: the commands for that."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from agent.commands import add, configured

if TYPE_CHECKING:
    from agent.commands import Commands


def _status(commands: Commands) -> None:
    parser = add(commands, "status", _do_status, "the running daemon's state")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    configured(parser)


def _do_status(options: argparse.Namespace) -> int:
    from agent import ask, config

    return ask.status(config.storage_folder(config.load(options.config)), as_json=options.json)


def _usual(commands: Commands) -> None:
    about = "what the stress sense has learnt of its wearer: shown, or forgotten"
    parser = add(commands, "usual", _do_usual, about)
    parser.add_argument("--forget", action="store_true", help="another person wears the band: learn anew")
    parser.add_argument("--json", action="store_true", help="as one JSON object")
    configured(parser)


def _do_usual(options: argparse.Namespace) -> int:
    from agent import ask, config

    folder = config.storage_folder(config.load(options.config))
    return ask.usual(folder, forget=options.forget, as_json=options.json)


REQUESTS = {
    "sos": "call for help now",
    "cancel": "call off what has begun; asks for the PIN",
    "acknowledge": "say that you are going",
    "resolve": "end the incident; asks for the PIN",
    "pause": "do not listen for some minutes; SOS still works",
    "resume": "listen again",
    "silence": "switch the siren or the blinking lamp off; asks for the PIN",
    "test-alert": "a drill through the real chain, marked as test",
}
"""Requests to the running daemon, by their command."""


def _requests(commands: Commands) -> None:
    for name, about in REQUESTS.items():
        parser = add(commands, name, _do_request, about)
        parser.set_defaults(name=name, incident=None, minutes=None)
        parser.add_argument("--by", metavar="NAME", help="who asks (default: the wearer)")
        if name in ("acknowledge", "resolve"):
            parser.add_argument(
                "incident", nargs="?", metavar="ID", help="of this incident (default: the open one)"
            )
        if name == "pause":
            parser.add_argument("minutes", type=float, metavar="MINUTES")
        configured(parser)


def _do_request(options: argparse.Namespace) -> int:
    from agent import ask, config

    if options.name == "acknowledge" and not options.by:
        print("distress-agent acknowledge: say who is going: --by NAME", file=sys.stderr)
        return 2
    known = config.load(options.config)
    asks = options.name in ("cancel", "resolve", "pause", "silence") and known.incident.pin is not None
    return ask.run(
        config.storage_folder(known),
        options.name.removesuffix("-alert"),
        by=options.by,
        name=options.name,
        incident_id=options.incident,
        minutes=options.minutes,
        pin=ask.ask_pin() if asks else None,
    )


def _checkin(commands: Commands) -> None:
    parser = add(commands, "checkin", _do_checkin, "a time by which the wearer answers, or off")
    parser.add_argument("time", metavar="TIME|off", help="as 22:30, the next one; or off")
    parser.add_argument("--by", metavar="NAME", help="who asks (default: the wearer)")
    configured(parser)


def _do_checkin(options: argparse.Namespace) -> int:
    from agent import ask, checkin, config

    known = config.load(options.config)
    pin = ask.ask_pin() if known.incident.pin is not None else None
    return checkin.run(config.storage_folder(known), options.time, options.by, pin)


def _watch(commands: Commands) -> None:
    parser = add(
        commands,
        "watch",
        _do_watch,
        "for caregivers: shows alerts, and says when contact is lost",
    )
    parser.add_argument("--host", default="localhost", help="the MQTT broker (default: localhost)")
    parser.add_argument("--port", type=int, help="its port (default: 1883, or 8883 with --tls)")
    parser.add_argument("--username", metavar="NAME", help="name to log in with")
    parser.add_argument(
        "--password-file", type=Path, metavar="FILE", help="a file whose first line is the password"
    )
    parser.add_argument("--tls", action="store_true", help="encrypt the way to the broker")
    parser.add_argument("--ca", type=Path, metavar="FILE", help="the authority that signed its certificate")
    parser.add_argument(
        "--device", action="append", metavar="ID", help="the device (may be repeated; default: all there are)"
    )
    parser.add_argument(
        "--answer-drills-as", metavar="NAME", help="answer drills at once, under this contact's name"
    )
    parser.add_argument("--json", action="store_true", help="print what happens, one JSON object a line")


def _do_watch(options: argparse.Namespace) -> int:
    from agent.caregiver import watch

    return watch.run(options)


def _incidents(commands: Commands) -> None:
    parser = add(commands, "incidents", _do_incidents, "what happened, who was told, who answered")
    parser.add_argument("incident", nargs="?", metavar="ID", help="this incident, or the one that begins so")
    parser.add_argument("--json", action="store_true", help="one JSON object an incident")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--cap", action="store_true", help="the incident as a CAP 1.2 message")
    how.add_argument(
        "--bundle", type=Path, metavar="FILE", help="write its events and decisions, to be replayed anywhere"
    )
    how.add_argument(
        "--answers", action="store_true", help="how fast each contact answered drills and alarms"
    )
    how.add_argument("--verify", action="store_true", help="whether the record of deliveries is whole")
    configured(parser)


def _do_incidents(options: argparse.Namespace) -> int:
    from agent import config, history

    if (options.cap or options.bundle) and not options.incident:
        print("distress-agent incidents: --cap and --bundle need the ID of an incident", file=sys.stderr)
        return 2
    known = config.load(options.config)
    contacts = [contact.name for contact in known.contacts]
    return history.run(config.storage_folder(known), config.device(known), contacts, options)


THERE = (
    _status,
    _usual,
    _requests,
    _incidents,
    _checkin,
    _watch,
)
"""In the order in which help shows them."""
