"""Find the configuration, read it, check it, and tell every fault at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError
from pydantic_core import ErrorDetails

from agent.config import people, secrets, tree
from agent.config.fault import ConfigError, Place, key
from agent.config.mind import Fusion
from agent.config.model import Config
from agent.config.plain import policy
from agent.config.tree import Tree


def load(path: Path | None = None) -> Config:
    """The configuration of a file, or of the first that is found, or the built-in defaults.

    Looked for in $DISTRESS_AGENT_CONFIG, /etc/distress-agent/agent.yaml, ~/.config/distress-agent/agent.yaml.
    Raises ConfigError with all faults; OSError where the file is missing or cannot be read.
    """
    file = path or _find()
    if file is None:
        return Config()
    found = tree.read(file, secrets.finder(file.with_name("secrets.yaml")))
    config = _checked(found)
    if found.faults or config is None:
        raise ConfigError(*sorted(found.faults, key=lambda fault: fault.line or 0))
    config._file = file
    return config


def schema() -> dict[str, Any]:
    """The configuration's JSON Schema (draft 2020-12): type, bounds, meaning of each key, and its default
    or that of its section.
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}


def _find() -> Path | None:
    """Where a configuration is: one that is there but cannot be read is not passed over."""
    if named := os.environ.get("DISTRESS_AGENT_CONFIG"):
        return Path(named)
    own = os.environ.get("XDG_CONFIG_HOME") or "~/.config"
    places = (Path("/etc"), Path(own).expanduser())
    files = (place / "distress-agent" / "agent.yaml" for place in places)
    return next((file for file in files if _is_there(file)), None)


def _is_there(file: Path) -> bool:
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _checked(found: Tree) -> Config | None:
    """The values as a Config; what is wrong with them goes to the tree's faults."""
    try:
        config = Config.model_validate(found.value)
    except ValidationError as error:
        told = {fault.key for fault in found.faults}
        for detail in error.errors(include_url=False):
            if key(detail["loc"]) not in told:
                found.fault(detail["loc"], _cure(detail))
        return None
    misfits = [*people.faults(config), *_unlit(config)]
    for place, cure in misfits:
        found.fault(place, cure)
    if misfits:
        return None
    try:
        policy(config)
    except ValueError as error:
        name, _, cure = str(error).partition(": ")
        section = "fusion" if name.partition(".")[0] in Fusion.model_fields else "incident"
        found.fault((section, *name.split(".")), cure)
    return config


def _unlit(config: Config) -> Iterator[tuple[Place, str]]:
    """A lamp that is to blink at an alarm must be there, and be one that is seen."""
    lamp = config.sensors.lamp
    if config.incident.at_alarm == "lamp" and (lamp.pin is None or lamp.kind != "light"):
        yield ("incident", "at_alarm"), "needs sensors.lamp with a pin, and of kind light"


WORDS = {
    "missing": "is missing",
    "model_type": "should be a mapping: lines of `key: value`",
    "dict_type": "should be a mapping: lines of `key: value`",
    "tuple_type": "should be a list: lines that begin with -",
}
"""What pydantic would say in words of Python."""


def _cure(detail: ErrorDetails) -> str:
    """What is wrong with one value, in words; the value itself only where it is no secret."""
    if detail["type"] == "extra_forbidden":
        return _nearest(detail["loc"])
    if detail["type"] in WORDS:
        return WORDS[detail["type"]]
    problem = detail["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if detail["type"] == "string_pattern_mismatch":
        problem = f"wanted is: {_meaning(detail['loc'])}"
    value = detail["input"]
    if detail["type"] == "value_error" or isinstance(value, dict | tuple | SecretStr):
        return problem
    quotes = "; put it in quotes" if detail["type"] == "string_type" and value is not None else ""
    return f"{value!r} does not fit, {problem}{quotes}"


def _nearest(place: Place) -> str:
    known = sorted(_keys(place[:-1]))
    near = get_close_matches(str(place[-1]), known, 1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known here: {', '.join(known)}"


def _keys(place: Place) -> set[str]:
    """The keys of the section at a place."""
    section: type[BaseModel] = Config
    for step in place:
        if isinstance(step, str):
            section = next(_models(section.model_fields[step].annotation))
    return set(section.model_fields)


def _meaning(place: Place) -> str:
    """What the key at a place is, in the words of its section; of a list or mapping, that of the whole."""
    section: type[BaseModel] = Config
    meaning = ""
    for step in (step for step in place if isinstance(step, str) and step in section.model_fields):
        field = section.model_fields[step]
        section, meaning = next(_models(field.annotation), BaseModel), field.description or ""
    return meaning[:1].lower() + meaning[1:].removesuffix(".")


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The sections that an annotation speaks of: itself, or those inside `X | None` and `tuple[X, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
