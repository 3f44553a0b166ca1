"""Much broken glass, and who could look at it, on both databases."""

from __future__ import annotations

from homebeat.actions import BreakGlass, Perform
from homebeat.actions.glass_reviewers import find_unreviewable
from homebeat.domain.alert import Answer
from homebeat.domain.durations import MINUTE_MS
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store
from tests.people import add_account, add_key, person
from tests.unit.api.street import NOON, Clock, fleet


def test_many_homes_of_one_person_are_one_alert(store: Store) -> None:
    clock, whole = Clock(), fleet(8)
    with store.begin() as tx:
        tx.fleet.apply(whole, NOON)
    perform = Perform(store, clock)
    for home in whole.households:
        clock.now += MINUTE_MS
        perform(person("ann", Role.DESK, "lane"), BreakGlass(home.id, "she called for help"))
    with store.read(EVERYTHING) as reader:
        (entry,) = reader.alerts.read_page(AlertFilter(rule="glass_broken_often")).items
    assert (entry.alert.subject.area, dict(entry.alert.reason.params), entry.alert.answer) == (
        "lane",
        {"homes": 6},
        Answer.UNACKNOWLEDGED,
    )


def test_who_could_look_is_a_person_of_the_area_who_is_not_the_breaker(store: Store) -> None:
    whole = fleet(2)
    with store.begin() as tx:
        tx.fleet.apply(whole, NOON)
    Perform(store, Clock())(person("bo", Role.SUPERVISOR, "lane"), BreakGlass(whole.households[0].id, "she called for help"))

    def is_nobodys() -> bool:
        with store.read(EVERYTHING) as reader:
            return bool(find_unreviewable(reader, reader.glass.read_page().items, NOON))

    add_account(store, "bo", "supervisor@lane")
    add_account(store, "ann", "admin@town")
    add_account(store, "far", "supervisor@other")
    add_key(store, "of-bo", Role.SUPERVISOR, area="lane", made_by="user:bo")
    add_key(store, "over", Role.SUPERVISOR, area="lane", ends_at=NOON, made_by="user:li")
    assert is_nobodys()
    add_key(store, "of-li", Role.SUPERVISOR, area="town", ends_at=NOON + 1, made_by="user:li")
    assert not is_nobodys()
