"""Revive: frozen values as plain JSON, and back by their declared types, to the bit.

For the mind and its policy whole; events have their own checked form in pack.py. JSON keeps every finite
float (Python writes the shortest digits that give it back).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")
Plain = Any
"""What JSON knows."""
Kind = Any
"""A declared type: a class, tuple[X, ...], dict[str, X], X | None."""


def bare(value: object) -> Plain:
    """The value in lists, dicts and what JSON knows besides."""
    if is_dataclass(value):
        return {field.name: bare(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [bare(one) for one in value]
    if isinstance(value, Mapping):
        return {key: bare(one) for key, one in value.items()}
    return value.value if isinstance(value, Enum) else value


def revive(kind: type[T], value: Plain) -> T:
    """The value of type `kind` that bare() was given. Raises ValueError for anything else."""
    try:
        revived: T = _revived(kind, value)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"this is no {kind.__name__}: {error}") from error
    return revived


def _revived(kind: Kind, value: Plain) -> Plain:
    if value is None:
        return None
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{key: _revived(hints[key], one) for key, one in value.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    return _composed(get_origin(kind), get_args(kind), value)


def _composed(origin: Kind, inner: tuple[Kind, ...], value: Plain) -> Plain:
    """Tuples and dicts are made of what they hold; a union here is always something or None."""
    if origin is tuple:
        kinds = inner[:1] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_revived(kind, one) for kind, one in zip(kinds, value, strict=True))
    if origin is dict:
        return {key: _revived(inner[1], one) for key, one in value.items()}
    kinds = tuple(kind for kind in inner if kind is not NoneType)
    return _revived(kinds[0], value) if NoneType in inner else value
