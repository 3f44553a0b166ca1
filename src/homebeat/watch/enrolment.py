"""The registry as the loop uses it: rows, numbers, codecs, contacts, and the rules that hold for whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from homebeat.domain.fleet import Contact, Fleet
from homebeat.domain.ids import AreaId, DeviceId, HouseholdId
from homebeat.engine.rulebook import RuleBook, RuleSet
from homebeat.settings.plan import RulePlan
from homebeat.stream.batch import I32
from homebeat.stream.roster import Roster


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What the loop knows of the registry at one revision.

    Attributes:
        numbers: The store's number of each device, by roster row, int32[devices]; -1 for one that is retired.
        rows: Roster row by device id, of devices that are enrolled now.
        codecs: Codec name by device id, where the fleet names one.
    """

    revision: int
    fleet: Fleet
    book: RuleBook
    rows: Mapping[str, int]
    numbers: I32
    codecs: Mapping[str, str]
    contacts: Mapping[HouseholdId, Sequence[Contact]]

    @classmethod
    def of(cls, fleet: Fleet, roster: Roster, numbers: Mapping[DeviceId, int], book: RuleBook, revision: int) -> Enrolment:
        """Look everything up once."""
        devices = [d for h in fleet.households for d in h.devices]
        return cls(
            revision=revision,
            fleet=fleet,
            book=book,
            rows={d.id: roster.device_row[d.id] for d in devices},
            numbers=np.array([numbers.get(d, -1) for d in roster.device_ids], np.int32),
            codecs={d.id: d.codec for d in devices if d.codec},
            contacts={h.id: h.contacts for h in fleet.households},
        )

    def contacts_of(self, household: HouseholdId) -> Sequence[Contact]:
        """Whom to tell about a household; nobody for one that has left."""
        return self.contacts.get(household, ())


def rulebook(plan: RulePlan, fleet: Fleet) -> RuleBook:
    """Compile the rule plan for the areas of a fleet: areas with the same thresholds share a variant."""
    variants: list[RuleSet] = [_on(plan, ())]
    variant_of: dict[AreaId, int] = {}
    for area in fleet.areas:
        rules = _on(plan, area_path(fleet, area.id))
        if rules != variants[0]:
            if rules not in variants:
                variants.append(rules)
            variant_of[area.id] = variants.index(rules)
    return RuleBook(variants, variant_of)


def _on(plan: RulePlan, path: Sequence[AreaId]) -> RuleSet:
    return {code: rule for code, (enabled, rule) in plan.for_area(path).items() if enabled}


def area_path(fleet: Fleet, area: AreaId) -> list[AreaId]:
    """Ids from the top of the tree down to `area`."""
    parents = {a.id: a.parent for a in fleet.areas}
    path: list[AreaId] = []
    here: AreaId | None = area
    while here is not None and here not in path:
        path.append(here)
        here = parents.get(here)
    return path[::-1]


BookOf = Callable[[Fleet], RuleBook]
