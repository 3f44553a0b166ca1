"""Which rules hold for whom: one set of thresholds per variant, one variant per household."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from homebeat.domain.ids import AreaId
from homebeat.domain.metric import Metric
from homebeat.rules.frame import Axis
from homebeat.rules.rule import Rule
from homebeat.stream.batch import I32, Bool
from homebeat.stream.roster import Roster

RuleSet = Mapping[str, Rule]


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules that are on, by variant.

    Attributes:
        variants: Rule sets; an area that says nothing has the first.
        variant_of_area: Index into `variants` by area id, for areas that differ.
    """

    variants: Sequence[RuleSet]
    variant_of_area: Mapping[AreaId, int] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all rules that are on somewhere, in catalogue order."""
        return tuple(dict.fromkeys(code for rules in self.variants for code in rules))

    def also_tracks(self) -> tuple[Metric, ...]:
        """Metrics, beyond the usual, that some rule reads."""
        return tuple(dict.fromkeys(m for rules in self.variants for rule in rules.values() for m in rule.also_tracks()))

    def looks_at_days(self) -> bool:
        """Whether some rule is over slow change, so that days are to be closed."""
        return any(rule.digest for rules in self.variants for rule in rules.values())

    def of_code(self, code: str) -> list[tuple[int, Rule]]:
        """The variants in which a rule is on, with its thresholds there."""
        return [(i, rules[code]) for i, rules in enumerate(self.variants) if code in rules]

    def rows(self, roster: Roster, axis: Axis) -> I32:
        """Variant of each row of an axis, int32[rows]."""
        areas = roster.household_area
        # mostly one set of thresholds holds for a whole city
        household = (
            np.array([self.variant_of_area.get(a, 0) for a in areas], np.int32)
            if self.variant_of_area
            else np.zeros(len(areas), np.int32)
        )
        if not len(household):
            return np.empty(0, np.int32)
        match axis:
            case Axis.RESIDENT:
                return household[roster.resident_household]
            case Axis.DEVICE:
                return household[roster.device_household]
            case Axis.METER:
                return household[roster.device_household[roster.meter_device]]

    def everywhere(self, code: str) -> bool:
        """Whether one and the same thresholds hold for all, so that rows need not be told apart."""
        first = self.variants[0].get(code)
        return first is not None and all(rules.get(code) == first for rules in self.variants)


def applies(variant: I32, index: int) -> Bool:
    """bool[n]: rows of this variant."""
    mine: Bool = variant == index
    return mine
