"""Configuration: one YAML file, strict, into frozen values; what is wrong is told by file, line, key, cure.

`load` finds and checks, `model` (with `mind`, `people`, `channels`) says what there is, `tree` reads YAML
with its lines, `secrets` the secrets beside it, `fault` says what is wrong. The parts get `plain` values, and
`reach` makes the channels.
"""

from agent.config.fault import ConfigError, Fault
from agent.config.load import load, schema
from agent.config.model import Config
from agent.config.plain import broker, device, policy, storage_folder
from agent.config.reach import channels, modem

__all__ = [
    "Config",
    "ConfigError",
    "Fault",
    "broker",
    "channels",
    "device",
    "load",
    "modem",
    "policy",
    "schema",
    "storage_folder",
]
