"""What a sentence or a row needs to know of a home, kept until the registry changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from homebeat.domain.ids import HouseholdId
from homebeat.store import ReadSession

_MOST_KEPT: Final = 20_000


class Zones:
    """Time zones by household. A list of 200 alerts asks the database once per home, not once per alert and reader."""

    def __init__(self) -> None:
        self._revision = -1
        self._zones: dict[HouseholdId, str] = {}

    def of(self, reader: ReadSession, households: set[HouseholdId]) -> Mapping[HouseholdId, str]:
        """The zones of these homes; UTC for one that is gone."""
        revision = reader.fleet.revision()
        if revision != self._revision or len(self._zones) > _MOST_KEPT:
            self._revision, self._zones = revision, {}
        kept = self._zones
        for household in households - kept.keys():
            home = reader.homes.household(household)
            kept[household] = home.entry.timezone if home else "UTC"
        return kept
