"""One figure of the header."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Tile:
    """One figure of the header. `hint` says what is good; `href` leads to a list of those whom it counts, empty for none."""

    look: str
    name: str
    count: str
    hint: str = ""
    href: str = ""
