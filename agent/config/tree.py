"""YAML as plain values with the line of each, by PyYAML's nodes; `!secret` and `!env` resolved.

Stricter than YAML: a key may stand once, keys are words, and there are no anchors (a configuration that
says everything where it stands can be explained line by line).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from pydantic import SecretStr

from agent.config.fault import ConfigError, Fault, Place, key

DEEPEST = 50
"""So many mappings and lists within each other are read; a configuration has six."""


@dataclass(slots=True)
class Tree:
    """A file as values: dict, tuple, text, numbers; `lines` (from 1) by place, and what was wrong so far."""

    file: str
    value: object = None
    lines: dict[Place, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: Place, cure: str) -> None:
        """Add a fault at a place, or at the nearest place above it that has a line."""
        near = next((place[:n] for n in range(len(place), -1, -1) if place[:n] in self.lines), ())
        self.faults.append(Fault(self.file, self.lines.get(near), key(place), cure))


@dataclass(slots=True)
class _Walk:
    """One reading: the loader that knows YAML's scalars, how to find a secret, the nodes met so far."""

    tree: Tree
    loader: yaml.CSafeLoader
    secret: Callable[[str], str]
    met: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, place: Place) -> object:
        """What a node stands for; its faults go to the tree, and None takes its place."""
        self.tree.lines.setdefault(place, node.start_mark.line + 1)
        if id(node) in self.met:
            self.tree.fault(place, "anchors and aliases are not read here; write it out")
            return None
        self.met.add(id(node))
        if node.tag in ("!secret", "!env"):
            return self._hidden(node, place)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return tuple(self.value(item, (*place, n)) for n, item in enumerate(node.value))
        return self._scalar(node, place)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, object]:
        values: dict[str, object] = {}
        for name, child in node.value:
            if not isinstance(name, yaml.ScalarNode):
                line, cure = name.start_mark.line + 1, "a key is a word, not a list or a mapping"
                self.tree.faults.append(Fault(self.tree.file, line, key(place), cure))
                continue
            word = str(name.value)
            here = (*place, word)
            twice, self.tree.lines[here] = here in self.tree.lines, name.start_mark.line + 1
            if twice:
                self.tree.fault(here, "stands here twice; keep one")
            values[word] = self.value(child, here)
        return values

    def _scalar(self, node: yaml.Node, place: Place) -> object:
        try:
            return self.loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError):
            self.tree.fault(place, f"cannot be read as {node.tag.rpartition(':')[2]}")
            return None

    def _hidden(self, node: yaml.Node, place: Place) -> SecretStr | None:
        find = self.secret if node.tag == "!secret" else _environment
        try:
            return SecretStr(find(str(node.value)))
        except LookupError as why:
            self.tree.fault(place, str(why.args[0]))
            return None


def read(file: Path, secret: Callable[[str], str]) -> Tree:
    """Read a file; `secret(name)` gives a secret's text or raises LookupError with the cure.

    Raises OSError where the file cannot be read, ConfigError where it is no YAML at all.
    """
    tree = Tree(str(file))
    loader = opened(file)
    node = single_node(loader, file)
    tree.value = {} if node is None else _Walk(tree, loader, secret).value(node, ())
    return tree


def opened(file: Path) -> yaml.CSafeLoader:
    """A loader of the file; ConfigError where it is not UTF-8, or nested too deeply to be read safely."""
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(Fault(str(file), None, "", "is no UTF-8 text")) from None
    if line := _too_deep(text):
        raise ConfigError(Fault(str(file), line, "", "is nested too deeply; no configuration needs that"))
    return yaml.CSafeLoader(text)


def _too_deep(text: str) -> int | None:
    """The line where it gets too deep: YAML's reader recurses without a limit, to the end of the stack."""
    depth = 0
    with suppress(yaml.YAMLError):  # which the reader tells better
        for event in yaml.parse(text, yaml.CSafeLoader):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > DEEPEST and event.start_mark:
                return event.start_mark.line + 1
    return None


def single_node(loader: yaml.CSafeLoader, file: Path) -> yaml.Node | None:
    """The file's one document, None where it is empty; ConfigError, with the line, where it is no YAML."""
    try:
        return loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise ConfigError(Fault(str(file), line, "", f"is no YAML here: {error.problem}")) from None
    except yaml.YAMLError:
        raise ConfigError(Fault(str(file), None, "", "holds characters that YAML does not allow")) from None


def _environment(name: str) -> str:
    if name not in os.environ:
        raise LookupError(f"the environment has no {name}; set it before the start")
    return os.environ[name]
