"""The rules of a city's areas: an area takes over what those above it say, and many areas cost one look at each."""

from __future__ import annotations

from collections.abc import Iterator

from homebeat.domain.fleet import Area, Fleet
from homebeat.domain.ids import AreaId
from homebeat.rules.catalogue import RULES
from homebeat.settings.plan import RulePlan
from homebeat.watch.enrolment import compile_rulebook

TREE = {"city": "", "town": "city", "street": "town", "lane": "street", "hill": "city"}


class Counted(tuple[Area, ...]):
    """Areas that know how often somebody went through all of them."""

    __slots__ = ()
    times = 0

    def __iter__(self) -> Iterator[Area]:
        Counted.times += 1
        return super().__iter__()


def test_an_area_has_the_rules_of_the_nearest_area_above_that_says_something() -> None:
    areas = tuple(Area(AreaId(name), name, AreaId(above) if above else None) for name, above in TREE.items())
    off = {"sos": {"enabled": False}}
    plan = RulePlan(RULES, areas={"town": off, "lane": {"sos": {"enabled": True}}, "hill": off})
    book = compile_rulebook(plan, Fleet(areas))
    assert {name: "sos" in book.variants[book.variant_of_area.get(AreaId(name), 0)] for name in TREE} == {
        "city": True,
        "town": False,
        "street": False,
        "lane": True,
        "hill": False,
    }
    assert len(book.variants) == 2


def test_each_area_is_looked_at_once_however_many_there_are() -> None:
    areas = Counted(Area(AreaId(f"a{n}"), "", AreaId(f"a{n // 2}") if n else None) for n in range(500))
    Counted.times = 0
    book = compile_rulebook(RulePlan(RULES, areas={"a7": {"sos": {"enabled": False}}}), Fleet(areas))
    assert Counted.times <= 3
    assert AreaId("a14") in book.variant_of_area
