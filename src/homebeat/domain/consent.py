"""What a resident agreed to: what of them may be watched and shown, and what their family may see.

What is covered by a purpose that does not hold is seen by nobody, in whatever role (`Relation.WITHDRAWN`). Nor is it stored
or judged: of such a device homebeat takes only what it raises itself, such as an SOS, and what it says about itself
(`find_withheld`; ADR 0034).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from homebeat.domain.ids import ResidentId
from homebeat.domain.metric import Metric
from homebeat.domain.role import Field, find_metric_field


class Purpose(StrEnum):
    """What a resident agrees to, or withdraws."""

    WATER = "water"  # the water of the home may be watched and shown
    BAND = "band"  # what a band measures may be watched and shown
    FAMILY_VALUES = "family_values"  # the family may see values, and not only whether all is normal


#: What holds for a resident of whom nothing was entered. Who enrols somebody in the fleet file, with their devices, has their
#: agreement to be watched: without it there would be no device. That the family sees values is something else: nobody agreed to
#: it by having a device, so it does not hold until it was entered.
HOLDS_UNENTERED: Final[Mapping[Purpose, bool]] = MappingProxyType(
    {Purpose.WATER: True, Purpose.BAND: True, Purpose.FAMILY_VALUES: False}
)
#: Which personal data each purpose covers for the people who work with homebeat. What the family sees is not among it.
COVERS: Final[Mapping[Purpose, frozenset[Field]]] = MappingProxyType(
    {Purpose.WATER: frozenset({Field.WATER}), Purpose.BAND: frozenset({Field.VITALS}), Purpose.FAMILY_VALUES: frozenset()}
)


@dataclass(frozen=True, slots=True)
class ConsentDecision:
    """What a resident decided about one purpose. Decisions are never changed: the one that was entered last counts.

    Attributes:
        agreed: False: withdrawn.
        decided_on: The date on the paper.
        paper: Where that paper is, or how they said it.
        actor: Who entered it.
        at: When it was entered, epoch ms.
        id: Grows with each that is entered; 0 before it is stored.
    """

    resident: ResidentId
    purpose: Purpose
    agreed: bool
    decided_on: date
    paper: str = field(repr=False)
    actor: str
    at: int
    id: int = 0


def find_newest(decisions: Iterable[ConsentDecision]) -> dict[Purpose, ConsentDecision]:
    """Find the decision that counts for each purpose; none for a purpose of which nothing was entered."""
    found: dict[Purpose, ConsentDecision] = {}
    for one in decisions:
        if one.purpose not in found or one.id > found[one.purpose].id:
            found[one.purpose] = one
    return found


def holds(purpose: Purpose, newest: ConsentDecision | None) -> bool:
    """Whether a purpose holds; `newest` is the decision that counts, None where nothing was entered."""
    return HOLDS_UNENTERED[purpose] if newest is None else newest.agreed


def find_withdrawn_of(by: Mapping[ResidentId, frozenset[Purpose]], resident: ResidentId | None) -> frozenset[Purpose]:
    """Find the purposes that do not hold for a device, or for what it measures.

    Args:
        by: What each resident of the home withdrew.
        resident: Whose device it is. None: of the home as a whole, which does not know whom it sees. What any resident
            withdrew holds for it. A meter does not know who draws the water either, so `WATER` always holds for the home.
    """
    of_all = frozenset[Purpose]().union(*by.values())
    return of_all if resident is None else by.get(resident, frozenset()) | (of_all & {Purpose.WATER})


def list_covered(purposes: Iterable[Purpose]) -> frozenset[Field]:
    """List the personal data that these purposes cover."""
    return frozenset[Field]().union(*(COVERS[purpose] for purpose in purposes))


def find_withheld(metric: Metric) -> Purpose | None:
    """Find the purpose without which a metric is neither stored nor judged; None for one that is always taken.

    What a device raises by itself is always taken: a call for help is heard, whatever else was agreed.
    """
    covered = None if metric.is_alarm else find_metric_field(metric)
    return next((purpose for purpose, fields in COVERS.items() if covered in fields), None)
