"""Reads every field of a form whose fields are not known beforehand."""

# No `from __future__ import annotations` here: FastAPI needs the types as values.

from collections.abc import Mapping
from typing import Annotated

from fastapi import Depends, Request


async def read_typed(request: Request) -> Mapping[str, str]:
    """Read every field that a form sends, by its name; a later one of the same name wins, and files are none."""
    return {name: value for name, value in (await request.form()).multi_items() if isinstance(value, str)}


Typed = Annotated[Mapping[str, str], Depends(read_typed)]
