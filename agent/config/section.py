"""What every section of the configuration is made of: strict mappings and a few bounded kinds of values."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    model_validator,
)


def _by_reference(value: object) -> object:
    if value is None or isinstance(value, SecretStr):
        return value
    raise ValueError("a secret does not stand here in the open; write !secret NAME or !env NAME")


def _absolute(path: Path) -> Path:
    path = path.expanduser()
    if not path.is_absolute():
        raise ValueError(
            f"{str(path)!r} depends on where the agent was started; write the whole path, from /"
        )
    return path


def _authorities(path: Path) -> Path:
    """Read now, so that a missing or spoiled file is not found out by the first alarm."""
    try:
        ssl.create_default_context(cafile=path)
    except FileNotFoundError:
        raise ValueError(f"there is no file {str(path)!r}") from None
    except OSError as error:  # ssl.SSLError is one
        raise ValueError(f"{str(path)!r} cannot be read as certificates: {error.strerror}") from None
    return path


def _maybe_hidden(value: object) -> object:
    return SecretStr(value) if isinstance(value, str) else value


def _url(url: SecretStr) -> SecretStr:
    """Its text is never shown: addresses hold tokens."""
    try:
        parts = urlsplit(url.get_secret_value())
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("is no address of the web; it begins with https:// (or http://) and names a host")
    return url


Text = Annotated[str, Field(min_length=1, max_length=100)]
Secret = Annotated[SecretStr, BeforeValidator(_by_reference), Field(min_length=1)]
File = Annotated[Path, Field(strict=False), AfterValidator(_absolute)]
Authorities = Annotated[Path, Field(strict=False), AfterValidator(_absolute), AfterValidator(_authorities)]
Hidden = Annotated[SecretStr, BeforeValidator(_maybe_hidden), Field(min_length=1)]
"""Text that may stand in the open or come from a secret, and is never shown."""
Url = Annotated[Hidden, AfterValidator(_url)]
Port = Annotated[int, Field(ge=1, le=65535)]
Limit = Annotated[float, Field(gt=0, le=300)]
Seconds = Annotated[float, Field(ge=0)]
Probability = Annotated[float, Field(gt=0, lt=1)]


class Section(BaseModel):
    """A mapping of the file: unknown keys and values of another type are errors, nothing changes later."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _empty(cls, value: object) -> object:
        """A section whose keys are all commented out is empty, not wrong."""
        return {} if value is None else value
