"""What every table of the settings file is."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

Port = Annotated[int, Field(ge=1, le=65_535)]


def split_list(raw: object) -> object:
    """Split a text at its commas: the environment holds lists that way."""
    return [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)]


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
