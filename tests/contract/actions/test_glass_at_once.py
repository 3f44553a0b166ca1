"""Much broken glass is an alert on both databases, also where people break it at the same time."""

from __future__ import annotations

import threading

from homebeat.actions import BreakGlass, perform_in
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.fleet import Fleet, Household
from homebeat.domain.ids import HouseholdId
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertFilter, Store, UnitOfWork
from tests.contract.store.conftest import STREET, T0
from tests.people import person

AREA = STREET.areas[0].id
ANN = person("ann", Role.DESK, AREA)
HOMES = tuple(Household(HouseholdId(f"glass-{n}"), AREA, "UTC") for n in range(6))
NOW = T0 + HOUR_MS


def break_glass(tx: UnitOfWork, *homes: Household) -> None:
    for home in homes:
        perform_in(tx, ANN, BreakGlass(home.id, "somebody called and did not answer"), NOW)


def test_who_breaks_much_of_it_at_the_same_time_is_told_as_well(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, HOMES), T0)
    scope, failed, is_done = ANN.find_scope(BreakGlass.operation), list[Exception](), threading.Event()

    def break_the_last() -> None:
        try:
            with store.begin(scope=scope) as tx:
                break_glass(tx, HOMES[-1])
        except Exception as error:  # noqa: BLE001 -- told by the thread that asserts
            failed.append(error)
        is_done.set()

    with store.begin(scope=scope) as tx:
        break_glass(tx, *HOMES[:-1])
        other = threading.Thread(target=break_the_last)
        other.start()
        assert not is_done.wait(0.3), "it must wait: what it must count is not committed"
    other.join(30)
    assert failed == []
    with store.read(EVERYTHING) as reader:
        (alert,) = [one.alert for one in reader.alerts.read_page(AlertFilter(rule="glass_broken_often")).items]
    assert (alert.subject.area, alert.reason.params["homes"]) == (AREA, 6)
