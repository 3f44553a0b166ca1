"""Loads who can be told about homes."""

from __future__ import annotations

from collections.abc import Iterable

from homebeat.domain.ids import HouseholdId
from homebeat.response.receivers import Receivers
from homebeat.store import UnitOfWork


def load_receivers(tx: UnitOfWork, households: Iterable[HouseholdId | None]) -> dict[HouseholdId, Receivers]:
    """Load who can be told about these homes. It opens nothing that is sealed."""
    homes = {household for household in households if household is not None}
    if not homes:
        return {}
    family = tx.fleet.find_recipients(homes)
    paths = tx.fleet.find_paths(homes)
    return {home: Receivers(family.get(home, ()), path=paths.get(home, ())) for home in homes}
