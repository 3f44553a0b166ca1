"""A scope: the areas that somebody's roles reach. Every read of the store takes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from homebeat.domain.ids import AreaId


@dataclass(frozen=True, slots=True)
class Scope:
    """Areas, each with all below it.

    Attributes:
        areas: None for the whole installation, also for what lies in no area. Empty for nothing at all.
    """

    areas: frozenset[AreaId] | None

    def reaches(self, line: Iterable[AreaId]) -> bool:
        """Whether something lies in the scope.

        Args:
            line: The area that it lies in, and every area above that. Empty for what lies in no area.
        """
        return self.areas is None or not self.areas.isdisjoint(line)


#: The parts of homebeat read everything: the watch, the deliverer, the commands.
EVERYTHING: Final = Scope(None)
NOTHING: Final = Scope(frozenset())
