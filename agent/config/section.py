"""What every section of the configuration is made of: strict mappings and a few bounded kinds of values."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

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


Text = Annotated[str, Field(min_length=1, max_length=100)]
Secret = Annotated[SecretStr, BeforeValidator(_by_reference), Field(min_length=1)]
File = Annotated[Path, Field(strict=False), AfterValidator(_absolute)]
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
