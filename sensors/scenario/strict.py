"""YAML read strictly: every value knows its file, line and key, and says so when it is wrong."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import yaml

Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
BOOL = "tag:yaml.org,2002:bool"
TRUE = ("true", "yes", "on")
DEEPEST = 50
"""So many mappings and lists within each other are read; a scenario has three."""


def text_of(path: Path) -> str:
    """A text file's content; OSError when it cannot be read, ValueError when it is not UTF-8."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise type(error)(f"cannot read {path}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not a text file (UTF-8)") from None


def nearest(word: str, known: Collection[str]) -> str:
    """The cure for a wrong word: the known one most like it, or all of them."""
    near = get_close_matches(word, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the file. All readers raise ValueError with file:line, key, value and cure."""

    file: Path
    key: str
    node: yaml.Node

    def wrong(self, why: str) -> ValueError:
        """The error to raise: where, which key, which value (of scalars), and `why`."""
        value = f" = {self.node.value}" if isinstance(self.node, yaml.ScalarNode) else ""
        key = f"{self.key}{value}: " if self.key else ""
        return ValueError(f"{self.file}:{self.node.start_mark.line + 1}: {key}{why}")

    def fields(self, known: Collection[str], needed: Collection[str] = ()) -> dict[str, Entry]:
        """A mapping's values; unknown, doubled and missing keys are errors."""
        if not isinstance(self.node, yaml.MappingNode):
            raise self.wrong("should be keys with values")
        found: dict[str, Entry] = {}
        for name_node, node in self.node.value:
            name = str(name_node.value)
            entry = Entry(self.file, f"{self.key}.{name}".lstrip("."), node)
            if name not in known:
                raise Entry(self.file, entry.key, name_node).unknown(known)
            if name in found:
                raise entry.wrong("is there twice")
            found[name] = entry
        for name in needed:
            if name not in found:
                raise self.wrong(f"{name} is missing")
        return found

    def unknown(self, known: Collection[str]) -> ValueError:
        """The error for a key that nobody knows (this entry's node is the key itself)."""
        where = f"{self.file}:{self.node.start_mark.line + 1}"
        return ValueError(f"{where}: {self.key}: no such key; {nearest(str(self.node.value), known)}")

    def items(self) -> list[Entry]:
        """A list's values."""
        if not isinstance(self.node, yaml.SequenceNode):
            raise self.wrong("should be a list")
        return [Entry(self.file, f"{self.key}[{place}]", node) for place, node in enumerate(self.node.value)]

    def number(self, low: float = -math.inf, high: float = math.inf) -> float:
        """A finite number within low..high."""
        try:
            number = float(self.node.value) if self.node.tag in NUMBERS else math.nan
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            raise self.wrong("should be a number")
        if not low <= number <= high:
            raise self.wrong(f"should be {span(low, high)}")
        return number

    def whole(self) -> int:
        """A whole number, 0 or more."""
        number = self.number(0)
        if number != int(number):
            raise self.wrong("should be a whole number")
        return int(number)

    def text(self) -> str:
        """A word or sentence that is not empty."""
        if not isinstance(self.node, yaml.ScalarNode) or not self.node.value:
            raise self.wrong("should be text")
        return str(self.node.value)

    def one_of(self, known: Collection[str]) -> str:
        """One of the known words."""
        word = self.text()
        if word not in known:
            raise self.wrong(nearest(word, known))
        return word

    def yes(self) -> bool:
        """True or false."""
        if self.node.tag != BOOL:
            raise self.wrong("should be true or false")
        return str(self.node.value).lower() in TRUE


def span(low: float, high: float) -> str:
    """A range in words."""
    if high == math.inf:
        return f"{low:g} or more"
    return f"{high:g} or less" if low == -math.inf else f"between {low:g} and {high:g}"


def _check_depth(path: Path, text: str) -> None:
    """ValueError for what is nested too deeply: YAML's reader recurses without a limit."""
    depth = 0
    for event in yaml.parse(text, Loader=Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise ValueError(f"{path}:{line}: this is nested too deeply; no scenario needs that")


def document(path: Path) -> Entry:
    """The whole of a YAML file as one entry."""
    try:
        text = text_of(path)
        _check_depth(path, text)
        node = yaml.compose(text, Loader=Loader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ValueError(f"{path}:{line}: this is not YAML: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path}: this is not YAML: {str(error).splitlines()[0]}") from None
    if node is None:
        raise ValueError(f"{path} is empty")
    return Entry(path, "", node)
