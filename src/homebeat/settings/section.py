"""What every table of the settings file is."""

from __future__ import annotations

import ipaddress
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_settings import NoDecode

from homebeat.domain.durations import parse_duration

Port = Annotated[int, Field(ge=1, le=65_535)]


def split_list(raw: object) -> object:
    """Split a text at its commas: the environment holds lists that way."""
    return [part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw


Texts = Annotated[tuple[str, ...], NoDecode, BeforeValidator(split_list)]


def _parse_duration(raw: object) -> timedelta:
    """Parse an ISO 8601 duration. A bare number is refused: one reader takes it for seconds, the next for minutes."""
    if isinstance(raw, timedelta):
        return raw
    if isinstance(raw, str):
        return parse_duration(raw)
    raise ValueError(f"{raw!r} is not a duration; write PT12H, PT15M, PT90S or P1DT6H")


def _parse_addresses(raw: object) -> object:
    parts = split_list(raw)
    return [str(ipaddress.ip_address(part)) for part in parts] if isinstance(parts, list | tuple) else parts


Duration = Annotated[timedelta, BeforeValidator(_parse_duration)]
Addresses = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_parse_addresses)]
#: The name of a table that people name themselves.
OwnName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class Section(BaseModel):
    """One table of the settings file."""

    model_config = ConfigDict(frozen=True, extra="forbid")
