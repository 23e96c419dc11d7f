"""secrets.yaml: names and secrets, one a line, beside the configuration, readable by its owner alone."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml

from agent.config.fault import ConfigError, Fault
from agent.config.tree import opened, single_node


def finder(file: Path) -> Callable[[str], str]:
    """`find(name)` gives a secret of the file, which is read when first asked; LookupError with the cure."""
    known = cache(_read)

    def find(name: str) -> str:
        secrets = known(file)
        if name in secrets:
            return secrets[name]
        near = get_close_matches(name, secrets, 1)
        raise LookupError(
            f"{file} has no {name}" + (f"; did you mean {near[0]}?" if near else "; add it there")
        )

    return find


def _read(file: Path) -> dict[str, str]:
    """All secrets as they are written: 0123 is four digits and no number."""
    try:
        mode = file.stat().st_mode & 0o777
    except FileNotFoundError:
        raise LookupError(f"{file} is missing; make it, with mode 0600") from None
    if mode & 0o077:
        raise LookupError(f"{file} can be read by others (mode {mode:04o}); cure: chmod 600 {file}")
    node = single_node(opened(file), file)
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    if node is not None and not (
        pairs and all(isinstance(n, yaml.ScalarNode) for pair in pairs for n in pair)
    ):
        raise ConfigError(Fault(str(file), 1, "", "must hold lines of `NAME: secret` and nothing else"))
    return {str(name.value): str(value.value) for name, value in pairs}
