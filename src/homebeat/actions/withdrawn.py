"""What residents withdrew consent to, and so nobody is shown, in whatever role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from homebeat.domain.consent import Purpose, find_withdrawn_of, list_covered
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.role import Field
from homebeat.store import ReadSession

_COVERED: Final = list_covered(Purpose)


class Withdrawn:
    """Finds what was withdrawn in homes, each home once; not asked about a home, it reads nothing."""

    def __init__(self, reader: ReadSession) -> None:
        self._reader = reader
        self._homes: dict[HouseholdId, Mapping[ResidentId, frozenset[Purpose]]] = {}

    def load(self, households: Iterable[HouseholdId]) -> None:
        """Read what the residents of these homes withdrew, all at once."""
        missing = set(households) - self._homes.keys()
        if missing:
            found = self._reader.consents.find_withdrawn(missing)
            self._homes.update({home: found.get(home, {}) for home in missing})

    def list_fields(self, household: HouseholdId, resident: ResidentId | None = None) -> frozenset[Field]:
        """List the personal data that a resident withdrew consent to; with None, that anybody of the home did."""
        self.load([household])
        return list_covered(find_withdrawn_of(self._homes[household], resident))

    def hides(self, field: Field, household: HouseholdId, resident: ResidentId | None = None) -> bool:
        """Whether a field of a home or a resident is hidden from everybody."""
        return field in _COVERED and field in self.list_fields(household, resident)
