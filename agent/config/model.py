"""What can be configured: the sections of agent.yaml, their bounds and defaults.

The line under a key becomes its description in the schema.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from agent.config.channels import Channels
from agent.config.dashboard import Dashboard
from agent.config.detectors import Detectors
from agent.config.mind import Fusion, Incident
from agent.config.people import Contact
from agent.config.section import File, Section, Text
from agent.config.sensors import Sensors


class Device(Section):
    """The device itself."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = "my-device"
    """Its name in MQTT topics (`distress/<id>/...`): small letters, digits, - and _; one for each device."""


class Wearer(Section):
    """Whom the agent protects."""

    name: Text = "the wearer"
    """How alerts speak of them."""


class Privacy(Section):
    """What leaves the device."""

    always_locate: bool = False
    """Whether the position is told outside incidents too."""


class Storage(Section):
    """Where incidents and what is still to be told are kept."""

    folder: File | None = None
    """A folder of the agent's own; null: that of the service, else ~/.local/state/distress-agent."""


class Log(Section):
    """What the agent writes to standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least important lines that are written."""


class Config(Section):
    """The configuration of the distress agent."""

    device: Device = Device()
    """This device."""
    wearer: Wearer = Wearer()
    """Whom the agent protects."""
    contacts: tuple[Contact, ...] = ()
    """Who comes to help."""
    sensors: Sensors = Sensors()
    """What the agent perceives with."""
    detectors: Detectors = Detectors()
    """What the agent looks for."""
    fusion: Fusion = Fusion()
    """How cues become a suspicion."""
    incident: Incident = Incident()
    """How long everything lasts, and the PINs."""
    channels: Channels = Channels()
    """The ways to reach people."""
    privacy: Privacy = Privacy()
    """What leaves the device."""
    dashboard: Dashboard = Dashboard()
    """The page that links in messages lead to."""
    storage: Storage = Storage()
    """Where incidents are kept."""
    log: Log = Log()
    """What the agent writes to standard error."""

    _file: Path | None = PrivateAttr(default=None)

    @property
    def file(self) -> Path | None:
        """The file that it was read from; None for the built-in defaults."""
        return self._file
