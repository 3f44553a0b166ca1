"""How homes stand to whoever asks: what the table (`domain.role`) makes depend on more than the area that something lies in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from homebeat.actions.withdrawn import Withdrawn
from homebeat.domain.ids import AreaId, HouseholdId, ResidentId
from homebeat.domain.principal import Principal
from homebeat.domain.role import Field, Relation, When
from homebeat.store import ReadSession, WaitingAlert

_NOBODY: Final[frozenset[AreaId]] = frozenset()
#: These depend on alerts, or on who has broken the glass.
_DEPENDS: Final = frozenset({When.WITH_ALERT, When.OWN, When.GLASS})


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a home stands to whoever asks: its area with all above it, its waiting alerts, and whether the glass is broken."""

    line: frozenset[AreaId] = _NOBODY
    alerts: tuple[WaitingAlert, ...] = ()
    has_glass: bool = False


class Standings:
    """Finds how homes stand to one person, key or contact, each home once.

    Args:
        reader: In the scope of whoever asks.
        principal: Who asks.
        now: By the database's clock, epoch ms.
        withdrawn: What residents withdrew consent to.
    """

    def __init__(self, reader: ReadSession, principal: Principal, now: int, withdrawn: Withdrawn) -> None:
        self._reader: Final = reader
        self._principal: Final = principal
        self._now: Final = now
        self._withdrawn: Final = withdrawn
        self._found: dict[tuple[HouseholdId, AreaId | None], _Standing] = {}
        self._agreed: dict[HouseholdId, Mapping[ResidentId, bool]] = {}

    def find(self, places: Iterable[tuple[HouseholdId | None, AreaId | None]]) -> None:
        """Find how these homes stand to whoever asks, all at once."""
        missing = {(home, area) for home, area in places if home and (home, area) not in self._found}
        if not missing:
            return
        homes = {home for home, _ in missing}
        lines = self._reader.fleet.find_lines({area for _, area in missing if area is not None})
        waiting: dict[HouseholdId, list[WaitingAlert]] = {}
        glass: frozenset[HouseholdId] = frozenset()
        if self._principal.find_whens(Field) & _DEPENDS:
            for alert in self._reader.alerts.list_waiting(homes):
                waiting.setdefault(alert.household, []).append(alert)
            glass = self._glass
        for home, area in missing:
            line = _NOBODY if area is None else lines.get(area, _NOBODY)
            self._found[home, area] = _Standing(line, tuple(waiting.get(home, ())), home in glass)

    def get_line(self, household: HouseholdId, area: AreaId | None) -> frozenset[AreaId]:
        """The area of a home that was found before, with every area above it."""
        return self._found[household, area].line

    def find_relations(
        self, field: Field, household: HouseholdId, area: AreaId | None, resident: ResidentId | None
    ) -> frozenset[Relation]:
        """Find how a field of a home that was found before stands to whoever asks.

        Args:
            field: Consent may have been withdrawn to it.
            household: The home.
            area: Where it lies.
            resident: Whose field it is; None for the home's. Vital signs depend on alerts about that resident.
        """
        standing = self._found[household, area]
        relations = {Relation.IN_AREA} | self._find_link(household, resident)
        if self._withdrawn.hides(field, household, resident):
            relations.add(Relation.WITHDRAWN)
        about = [alert for alert in standing.alerts if resident is None or alert.resident in {None, resident}]
        if about:
            relations.add(Relation.WITH_ALERT)
        if any(alert.owner == str(self._principal.actor) for alert in about):
            relations.add(Relation.OWN)
        if standing.has_glass:
            relations.add(Relation.GLASS)
        return frozenset(relations)

    def _find_link(self, household: HouseholdId, resident: ResidentId | None) -> set[Relation]:
        """Find what a family's link gives. To show values of the home, everybody in it must have agreed."""
        linked = self._principal.linked
        if household in self._principal.linked_homes:
            return {Relation.LINKED}
        if linked is None or linked.household != household:
            return set()
        if resident is not None and linked.resident not in {None, resident}:
            return set()
        if household not in self._agreed:
            self._agreed[household] = self._reader.consents.find_family_values(household)
        agreed = self._agreed[household]
        asked = agreed.values() if resident is None else [agreed.get(resident, False)]
        return {Relation.LINKED} | ({Relation.AGREED} if asked and all(asked) else set())

    @cached_property
    def _glass(self) -> frozenset[HouseholdId]:
        """The homes for which they have broken the glass just now."""
        return self._reader.glass.list_open(str(self._principal.actor), self._now)
