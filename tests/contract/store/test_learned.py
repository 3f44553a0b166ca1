"""What is learned and chosen for a resident, and what an outcome teaches, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from sqlalchemy import text

from homebeat.actions.teach import teach
from homebeat.domain.alert import (
    WAITING,
    Alert,
    Outcome,
    Queue,
    Reason,
    Transition,
    TransitionKind,
    follow_edge,
    open_alert,
    resolve,
)
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.fleet import Away, Disregarded
from homebeat.domain.ids import AreaId, ResidentId
from homebeat.domain.scope import EVERYTHING
from homebeat.habits.habit import Habit
from homebeat.habits.learn import Curve, Profile
from homebeat.rules.catalogue import RULES
from homebeat.store import (
    FOUND_AWAY,
    AlertFilter,
    CurvePoint,
    Keep,
    LearnedProfile,
    LowObservability,
    OutcomeCount,
    Usual,
    explain_limits,
    explain_low_observability,
    is_pending,
)
from homebeat.store.alert.writes import AlertWrites
from tests.contract.store.conftest import STREET, T0, Street, edge

HOUR = 3_600_000
WHO = ResidentId("h1-r")
USUAL = Usual(370, 440, 27, 30, 18.5, 1.5, (480,) * 48, (60,) * 48, (0,) * 48)
LEARNED = LearnedProfile(
    WHO,
    T0,
    53.5,
    1.0,
    0.5,
    True,
    None,
    tuple(range(120, 600, 10)),
    (CurvePoint(0.25, 0.0, 7.5, 11.0), CurvePoint(0.5, 0.6, 5.5, 9.0)),
    USUAL,
    ((600, 690),),
)
Opener = Callable[..., tuple[Alert, Transition]]


def at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def test_the_newest_profile_is_kept_and_only_what_a_list_shows_is_a_change(street: Street) -> None:
    with street.store.begin() as tx:
        tx.learned.put([LEARNED, replace(LEARNED, resident=ResidentId("nobody"))])
    later = replace(LEARNED, learned_at=T0 + 1, limit_minutes=(720,) * 48, curve=(), outings=())
    with street.store.begin() as tx:
        tx.learned.put([later])
        tx.learned.put([])
    low = replace(later, learned_at=T0 + 2, low_observability=LowObservability.AT_HOME_UNKNOWN)
    with street.store.begin() as tx:
        tx.learned.put([replace(LEARNED, resident=ResidentId("h2-r")), low])
    with street.store.read(EVERYTHING) as reader:
        assert reader.learned.find_profile(WHO) == low
        assert reader.learned.find_profile(ResidentId("h2-r")) == replace(LEARNED, resident=ResidentId("h2-r"))
        assert reader.learned.find_profile(ResidentId("h3-r")) is None
        changed = [(c.ref, c.at) for c in reader.changes.read_after(0) if c.kind == "resident"]
        assert changed == [("h1-r", T0), ("h2-r", T0), ("h1-r", T0 + 2)]
        shown = {r.resident.id: r.low_observability for r in reader.homes.list_residents().items}
        assert shown == {"h1-r": LowObservability.AT_HOME_UNKNOWN, "h2-r": None, "h3-r": None}


def test_the_point_in_force_is_the_one_chosen_for(street: Street) -> None:
    assert LEARNED.in_force == LEARNED.curve[1]
    assert replace(LEARNED, curve=()).in_force is None


def test_a_choice_is_written_down_once_and_the_watch_looks_again(street: Street) -> None:
    with street.store.begin() as tx:
        assert tx.learned.choose(WHO, 0.25, "user:desk-1", T0 + 1, version=0)
        assert not tx.learned.choose(WHO, 0.25, "user:desk-2", T0 + 2, version=0)
        assert tx.fleet.read_revision() == 2
        assert tx.fleet.load().households[0].residents[0].false_alarms_a_month == 0.25
        tx.fleet.apply(STREET, T0 + 3)
        assert tx.learned.choose(WHO, None, "user:desk-1", T0 + 4)
        assert tx.fleet.load().households[0].residents[0].false_alarms_a_month is None
    with street.store.read(EVERYTHING) as reader:
        newest, first = reader.learned.list_choices(WHO)
        assert (newest.was, newest.chosen, newest.actor, newest.at) == (0.25, None, "user:desk-1", T0 + 4)
        assert (first.was, first.chosen) == (None, 0.25)
        assert reader.learned.list_choices(WHO, limit=1) == (newest,)


def test_a_choice_on_what_has_changed_since_is_refused(street: Street) -> None:
    with street.store.begin() as tx:
        tx.learned.choose(WHO, 0.25, "user:desk-1", T0)
    with street.store.begin() as tx:
        with pytest.raises(NotAllowed):
            tx.learned.choose(WHO, 2.0, "user:desk-2", T0 + 1, version=0)
        with pytest.raises(NotFound):
            tx.learned.choose(ResidentId("nobody"), 2.0, "user:desk-2", T0 + 1)
        assert tx.learned.choose(WHO, 2.0, "user:desk-2", T0 + 1, version=tx.learned.list_choices(WHO)[0].id)


def test_quiet_that_says_nothing_is_kept_with_the_registry_once_and_taken_back(street: Street, opener: Opener) -> None:
    alert, _ = opener("h1", "no_sign_of_life")
    closed = T0 + 10 * HOUR
    with street.store.begin() as tx:
        assert teach(tx, alert, Outcome.HELPED, closed)
        assert not teach(tx, alert, Outcome.HELPED, closed)
        assert tx.fleet.read_revision() == 2
        home = tx.fleet.load().households[0]
        assert home.residents[0].disregarded == (Disregarded(at(T0), at(closed), "helped"),)
        assert home.away == STREET.households[0].away
        assert not tx.fleet.apply(STREET, closed)
        assert tx.spans.forget(alert.id, closed)
        assert not tx.spans.forget(alert.id, closed)
        assert tx.fleet.read_revision() == 3
        assert tx.fleet.load().households == STREET.households


def test_an_absence_that_was_found_stands_in_the_calendar_and_no_file_removes_it(street: Street, opener: Opener) -> None:
    alert, _ = opener("h1", "no_sign_of_life")
    found = Away(at(T0), at(T0 + 9 * HOUR), FOUND_AWAY)
    with street.store.begin() as tx:
        teach(tx, alert, Outcome.AWAY, T0 + 9 * HOUR)
        tx.fleet.apply(STREET, T0 + 9 * HOUR)
        assert set(tx.fleet.load().households[0].away) == {*STREET.households[0].away, found}
        tx.spans.forget(alert.id, T0 + 9 * HOUR)
        assert tx.fleet.load().households[0].away == STREET.households[0].away


def test_the_quiet_ends_with_the_first_sign_of_life(street: Street, opener: Opener) -> None:
    alert, _ = opener("h1", "no_sign_of_life")
    again = replace(edge("h1", "no_sign_of_life"), at=T0 + 6 * HOUR, kind=TransitionKind.CLEARED)
    cleared, step = follow_edge(alert, replace(again, reason=Reason("life_again", {"life_at": T0 + 5 * HOUR})))
    with street.store.begin() as tx:
        AlertWrites(tx).apply(cleared, step)
        assert teach(tx, cleared, Outcome.AWAY, T0 + 9 * HOUR)
        (span,) = tx.fleet.load().households[0].residents[0].disregarded
        assert (span.starts_at, span.ends_at) == (at(T0), at(T0 + 5 * HOUR))


def test_a_quiet_that_late_data_denies_teaches_nothing(street: Street, opener: Opener) -> None:
    alert, _ = opener("h1", "no_sign_of_life")
    late = replace(edge("h1", "no_sign_of_life"), at=T0 + HOUR, kind=TransitionKind.CONTRADICTED)
    denied, step = follow_edge(alert, replace(late, reason=Reason("late_data", {"life_at": T0 - 1})))
    with street.store.begin() as tx:
        AlertWrites(tx).apply(denied, step)
        assert not teach(tx, denied, Outcome.FALSE, T0 + 2 * HOUR)
        assert tx.fleet.read_revision() == 1


def test_spans_that_nothing_is_learned_from_any_more_are_forgotten(street: Street, opener: Opener) -> None:
    alert, _ = opener("h1", "no_sign_of_life")
    with street.store.begin() as tx:
        teach(tx, alert, Outcome.DEVICE, T0 + HOUR)
        assert tx.retention.prune(Keep(changes=None), T0 + 112 * 24 * HOUR) == 0
        assert tx.retention.prune(Keep(changes=None), T0 + 113 * 24 * HOUR) == 1
        assert tx.fleet.load().households[0].residents[0].disregarded == ()


def test_how_alerts_ended_by_rule_and_outcome(street: Street, opener: Opener) -> None:
    endings = [("h1", Outcome.FINE), ("h2", Outcome.FINE), ("h3", Outcome.AWAY)]
    for household, outcome in endings:
        alert, _ = opener(household, "no_sign_of_life")
        with street.store.begin() as tx:
            AlertWrites(tx).apply(*resolve(alert, T0 + HOUR, "user:desk-1", outcome))
    with street.store.read(EVERYTHING) as reader:
        fine, away = (OutcomeCount("no_sign_of_life", o, n) for o, n in ((Outcome.FINE, 2), (Outcome.AWAY, 1)))
        assert reader.alerts.count_outcomes(T0, T0 + HOUR + 1) == (fine, away)
        assert reader.alerts.count_outcomes(T0, T0 + HOUR) == ()
        assert reader.alerts.count_outcomes(T0, T0 + HOUR + 1, AreaId("hill")) == (away,)
        assert reader.alerts.count_outcomes(T0, T0 + HOUR + 1, AreaId("town")) == (fine, away)


def test_a_budget_that_came_through_single_precision_is_the_one_that_was_chosen() -> None:
    profile = Profile(
        limit_minutes=np.full(48, 300, np.uint16),
        budget=float(np.float32(0.3)),
        worth_h=0.4,
        at_home_known=True,
        low_observability=False,
        days=30.0,
        own_share=1.0,
        curve=Curve(
            budget=np.array([0.25, np.float32(0.3), 0.3]),
            limit_minutes=np.zeros((3, 48), np.uint16),
            counted=np.zeros(3),
            delay_mean_h=np.array([6.0, 5.0, 5.0]),
            delay_p95_h=np.array([9.0, 8.0, 8.0]),
        ),
        habit=Habit(370, 440, 27, 30, 18.5, 1.5, *(np.zeros(48, np.uint16),) * 3),
    )
    learned = LearnedProfile.make(WHO, T0, profile)
    assert [point.budget for point in learned.curve] == [0.25, 0.3]
    assert learned.in_force == CurvePoint(0.3, 0.0, 5.0, 8.0)
    assert not is_pending(0.3, learned, None)
    assert is_pending(0.25, learned, None)
    assert not is_pending(0.3, None, None)
    assert (explain_limits(learned).code, explain_low_observability(learned)) == ("limits_learned_usual", None)
    unproven = replace(profile, at_home_known=False, low_observability=True)
    assert LearnedProfile.make(WHO, T0, unproven).low_observability is LowObservability.AT_HOME_UNKNOWN
    few = LearnedProfile.make(WHO, T0, replace(profile, low_observability=True))
    assert few.low_observability is LowObservability.FEW_SIGNS


def test_what_is_chosen_and_taught_reaches_the_watch_with_the_registry(street: Street, opener: Opener) -> None:
    alert, _ = opener("h2", "no_sign_of_life")
    with street.store.begin() as tx:
        tx.learned.choose(WHO, 0.25, "user:desk-1", T0)
        teach(tx, alert, Outcome.AWAY, T0 + HOUR)
    with street.store.read(EVERYTHING) as reader:
        registry = reader.fleet.read_registry()
        budget = dict(zip(registry.residents, registry.budget.tolist(), strict=True))
        assert (budget["h1-r"], np.isnan(budget["h2-r"])) == (0.25, True)
        second = list(registry.residents).index(ResidentId("h2-r"))
        assert registry.disregarded_resident.tolist() == [second]
        assert (registry.disregarded_from.tolist(), registry.disregarded_until.tolist()) == ([T0], [T0 + HOUR])
        assert (T0, T0 + HOUR) in zip(registry.away_from.tolist(), registry.away_until.tolist(), strict=True)


def test_open_counts_and_queues_leave_digests_out_by_their_indexes(street: Street) -> None:
    queries = {
        "ix_alert_counts": (
            "SELECT queue, priority_rank, count(*) FROM alert "
            "WHERE answer <> 'resolved' AND queue NOT IN ('digest', 'none') GROUP BY 1, 2"
        ),
        "ix_alert_digest": (
            "SELECT id FROM alert WHERE queue = 'digest' AND opened_at > 0 ORDER BY opened_at DESC, id DESC LIMIT 50"
        ),
    }
    store = street.store
    with store._database.begin_write() as connection:
        if not store._database.is_sqlite:
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        for index, query in queries.items():
            explain = "EXPLAIN QUERY PLAN " if store._database.is_sqlite else "EXPLAIN "
            assert index in str(connection.execute(text(explain + query)).all())


def test_the_alerts_of_slow_change_and_no_others_are_digests(street: Street) -> None:
    alerts = {code: open_alert(edge("h1", code)) for code in RULES}
    with street.store.begin() as tx:
        for alert, step in alerts.values():
            AlertWrites(tx).apply(alert, step)
    wanted = {code for code, rule in RULES.items() if rule.digest}
    with street.store.read(EVERYTHING) as reader:
        for where, codes in ((frozenset({Queue.DIGEST}), wanted), (WAITING, set(RULES) - wanted), (None, set(RULES))):
            items = reader.alerts.read_page(AlertFilter(queues=where), 200).items
            assert {item.alert.rule for item in items} == codes
            assert where is None or {item.alert.queue for item in items} <= where
        in_area = reader.alerts.read_page(AlertFilter(queues=WAITING, is_open=True, area=AreaId("town")), 200).items
        assert {item.alert.rule for item in in_area} == set(RULES) - wanted
        assert sum(count.open for count in reader.alerts.count_open()) == len(RULES) - len(wanted)
