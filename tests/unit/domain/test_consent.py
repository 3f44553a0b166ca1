"""Consent: what holds, what it covers, and that the table of roles gives nothing of what was withdrawn."""

from __future__ import annotations

from datetime import date

import pytest

from homebeat.domain.consent import COVERS, HOLDS_UNENTERED, ConsentDecision, Purpose, find_newest, holds, list_covered
from homebeat.domain.ids import ResidentId
from homebeat.domain.role import Field, Relation, When


def decide(number: int, purpose: Purpose, *, agreed: bool, day: date = date(2026, 1, 1)) -> ConsentDecision:
    return ConsentDecision(ResidentId("r-1"), purpose, agreed, day, "folder 12", "user:ann", 5, number)


def test_every_purpose_says_what_it_covers_and_what_holds_before_anything_was_entered() -> None:
    assert set(COVERS) == set(HOLDS_UNENTERED) == set(Purpose)
    assert {purpose for purpose in Purpose if holds(purpose, None)} == {Purpose.WATER, Purpose.BAND}


def test_what_was_entered_last_counts_whatever_the_date_on_the_paper() -> None:
    agreed = decide(1, Purpose.WATER, agreed=True, day=date(2026, 2, 2))
    withdrawn = decide(2, Purpose.WATER, agreed=False, day=date(2026, 1, 1))
    family = decide(3, Purpose.FAMILY_VALUES, agreed=True)
    for order in ([agreed, withdrawn, family], [family, withdrawn, agreed]):
        assert find_newest(order) == {Purpose.WATER: withdrawn, Purpose.FAMILY_VALUES: family}
    assert not holds(Purpose.WATER, withdrawn)
    assert holds(Purpose.FAMILY_VALUES, family)


def test_the_family_purpose_covers_nothing_of_what_staff_see() -> None:
    assert list_covered([Purpose.FAMILY_VALUES]) == frozenset()
    assert list_covered(Purpose) == {Field.WATER, Field.VITALS}


@pytest.mark.parametrize("when", When)
def test_nothing_of_the_table_holds_for_what_was_withdrawn(when: When) -> None:
    assert not when.holds(frozenset(Relation))
    assert when.holds(frozenset(Relation) - {Relation.WITHDRAWN}) is (when is not When.NEVER)
