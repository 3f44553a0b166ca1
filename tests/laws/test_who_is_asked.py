"""A law: how a resident is asked is loaded wherever a plan that asks them can be chosen."""

from __future__ import annotations

from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.ids import AreaId
from homebeat.domain.response_plan import SHIPPED, PlanBook, PlanChoice

NAMES = st.sampled_from([*SHIPPED, "", "nobody-knows-it"])
RULES: Final = ("sos", "no_sign_of_life", "no_water", "area_outage")
CHOICES = st.builds(PlanChoice, NAMES, st.dictionaries(st.sampled_from(RULES), NAMES))
AREAS = st.dictionaries(st.sampled_from(["lane", "street", "town"]), CHOICES)


@given(st.builds(PlanBook, everywhere=CHOICES, areas=AREAS), NAMES)
def test_who_may_be_asked_is_never_left_out(book: PlanBook, home: str) -> None:
    path = (AreaId("lane"), AreaId("town"))
    chosen = [book.choose(rule, home, path) for rule in RULES]
    assert book.may_ask(home, path) >= any(plan.asks_resident for plan in chosen)


def test_nobody_is_asked_where_no_plan_does() -> None:
    assert not PlanBook().may_ask("", (AreaId("lane"),))
    assert PlanBook().may_ask("resident_first", (AreaId("lane"),))
