"""What closing an alert teaches, and how taking that back un-teaches it; on both databases."""

from __future__ import annotations

import pytest

from homebeat.actions import Acknowledge, FollowEdges, Perform, Reopen, Resolve, perform_in
from homebeat.domain.alert import Outcome
from homebeat.domain.errors import Incomplete
from homebeat.domain.ids import HouseholdId, ResidentId
from homebeat.domain.principal import ENGINE
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Store
from tests.contract.actions.test_actions import DESK, Clock, clock, follow, perform
from tests.contract.store.conftest import T0, edge

__all__ = ["clock", "perform"]
HOUR = 3_600_000
QUIET = edge(rule="no_sign_of_life")
WHO = ResidentId("h1-r")


def taught(store: Store) -> tuple[list[str], int]:
    """Outcomes of the spans that are not learned from, and how many absences of the home people found out."""
    with store.read(EVERYTHING) as reader:
        spans = [span.outcome for span in reader.learned.list_disregarded(WHO)]
        home = reader.homes.find_household(HouseholdId("h1"))
    assert home is not None
    return spans, sum(away.reason == "found_away" for away in home.away)


@pytest.mark.parametrize(
    "rule, outcome, spans",
    [
        ("no_sign_of_life", Outcome.AWAY, ["away"]),
        ("no_sign_of_life", Outcome.HOSPITAL, ["hospital"]),
        ("no_sign_of_life", Outcome.HELPED, ["helped"]),
        ("no_sign_of_life", Outcome.DEVICE, ["device"]),
        ("no_sign_of_life", Outcome.FALSE, ["false"]),
        ("no_sign_of_life", Outcome.FINE, []),  # that quiet was her own
        ("sos", Outcome.HELPED, []),  # it is about no quiet
    ],
)
def test_what_was_found_says_whether_the_quiet_is_learned_from(
    store: Store, perform: Perform, clock: Clock, rule: str, outcome: Outcome, spans: list[str]
) -> None:
    alert = edge(rule=rule)
    follow(store, alert)
    clock.now = T0 + 5 * HOUR
    perform(DESK, Acknowledge(alert.alert_id))
    perform(DESK, Resolve(alert.alert_id, outcome, note="her daughter says so"))
    assert taught(store) == (spans, 1 if outcome is Outcome.AWAY else 0)
    perform(DESK, Reopen(alert.alert_id))
    assert taught(store) == ([], 0), "a slip of the hand teaches nothing"


@pytest.mark.parametrize("note", ["", "   "])
def test_away_is_not_closed_without_a_word_on_who_said_so(store: Store, perform: Perform, note: str) -> None:
    follow(store, QUIET)
    with pytest.raises(Incomplete):
        perform(DESK, Resolve(QUIET.alert_id, Outcome.AWAY, note=note))
    with store.read(EVERYTHING) as reader:
        detail = reader.alerts.get(QUIET.alert_id)
    assert detail is not None
    assert detail.entry.alert.outcome is None
    perform(DESK, Acknowledge(QUIET.alert_id))
    with pytest.raises(Incomplete, match="a critical alert"):
        perform(DESK, Resolve(QUIET.alert_id, Outcome.FINE, note=note))


def test_nobody_closes_an_alert_as_withdrawn(store: Store, perform: Perform) -> None:
    follow(store, QUIET)
    with pytest.raises(Incomplete, match="only homebeat itself"):
        perform(DESK, Resolve(QUIET.alert_id, Outcome.WITHDRAWN))


def test_the_past_of_one_alert_does_not_close_another(store: Store, perform: Perform) -> None:
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges([QUIET, edge("h2", "no_sign_of_life")]), T0)
    perform(DESK, Acknowledge(QUIET.alert_id))
    perform(DESK, Resolve(QUIET.alert_id, Outcome.HELPED, note="helped up"))
    with store.read(EVERYTHING) as reader:
        assert reader.learned.list_disregarded(ResidentId("h2-r")) == ()
