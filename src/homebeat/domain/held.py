"""What is held back: an edge that would open an alert, and what it waits for."""

from __future__ import annotations

from dataclasses import dataclass

from homebeat.domain.alert import Edge
from homebeat.domain.ids import AlertId


@dataclass(frozen=True, slots=True)
class Held:
    """An edge that waits; times are epoch ms by the database's clock.

    Attributes:
        edge: The last edge of its rule and subject.
        held_at: Since when it waits, whatever for.
        silence: The silence that holds it back; None where it waits behind an alert.
        cause: The alert about a cause that many homes share; None where a silence holds it back.
        until: When it is decided on again at the latest; None for when the silence, or the cause, is over.
    """

    edge: Edge
    held_at: int
    silence: int | None = None
    cause: AlertId | None = None
    until: int | None = None
