"""Which rules apply to whom: one set of thresholds per variant, one variant per household."""

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
        variants: Rule sets. An area without own settings has the first.
        variant_of_area: Index into `variants` by area id, for areas with own settings.
    """

    variants: Sequence[RuleSet]
    variant_of_area: Mapping[AreaId, int] = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of all rules that are on in some variant, in catalogue order."""
        return tuple(dict.fromkeys(code for rules in self.variants for code in rules))

    def list_extra_metrics(self) -> tuple[Metric, ...]:
        """List the metrics, beyond the usual ones, that some rule reads."""
        return tuple(dict.fromkeys(m for rules in self.variants for rule in rules.values() for m in rule.list_extra_metrics()))

    def needs_days(self) -> bool:
        """Whether some rule is about slow change, so that days have to be closed."""
        return any(rule.digest for rules in self.variants for rule in rules.values())

    def list_variants(self, code: str) -> list[tuple[int, Rule]]:
        """List the variants in which a rule is on: (index, the rule with its thresholds there)."""
        return [(i, rules[code]) for i, rules in enumerate(self.variants) if code in rules]

    def find_variants(self, roster: Roster, axis: Axis) -> I32:
        """Find the variant of each row of an axis, int32[rows]."""
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

    def is_same_everywhere(self, code: str) -> bool:
        """Whether a rule has the same thresholds in all variants."""
        first = self.variants[0].get(code)
        return first is not None and all(rules.get(code) == first for rules in self.variants)


def is_variant(variant: I32, index: int) -> Bool:
    """bool[n]: rows of this variant; `variant`: int32[n]."""
    mine: Bool = variant == index
    return mine
