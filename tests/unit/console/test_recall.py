"""A window that is made of what the one before has read is the window that a fresh reader sees."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from homebeat.actions.view import View
from homebeat.console.desk.queue import _OF_ROWS, Window, Windows
from homebeat.console.desk.recall import Recall
from homebeat.domain.alert import (
    Alert,
    Answer,
    Desk,
    Outcome,
    Priority,
    Queue,
    Reason,
    Subject,
    Transition,
    TransitionKind,
    acknowledge,
    release,
    reply,
    resolve,
)
from homebeat.domain.consent import Purpose, list_covered
from homebeat.domain.fleet import Fleet
from homebeat.domain.ids import AlertId, AreaId, HouseholdId
from homebeat.domain.principal import Principal
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AlertEntry, AlertFilter
from homebeat.store.alert.writes import AlertWrites
from homebeat.wording import Wording
from tests.people import person
from tests.unit.api.street import NOON, Clock, Street, fleet

RULES = ("no_sign_of_life", "no_water", "unknown_too_long", "sos")
DESK, LANE, NURSE = person("ann", "desk"), person("lin", "desk", "lane"), person("eva", "nurse")
WAITING = AlertFilter(queues=frozenset({Queue.CARE}), answer=Answer.UNACKNOWLEDGED)


def shows(window: Window) -> tuple[object, ...]:
    """All of it but the two rates, which may be some seconds old."""
    return window.title, window.page_title, window.tiles[:-2], window.sections


def write(street: Street, alert: Alert, step: Transition) -> None:
    with street.store.begin() as tx:
        AlertWrites(tx).apply(alert, step)


def rewrite(street: Street, n: int, *, area: str = "lane", address: str = "", name: str = "") -> None:
    """Let the registry say something else of a home."""
    now = fleet(street.homes)
    homes = list(now.households)
    one = homes[n]
    who = replace(one.residents[0], name=name or one.residents[0].name)
    homes[n] = replace(one, area=AreaId(area), address=address or one.address, residents=(who,))
    with street.store.begin() as tx:
        tx.fleet.apply(Fleet(now.areas, tuple(homes)), NOON)


def list_acts(street: Street, chance: random.Random, standing: list[Alert]) -> list[Callable[[], object]]:
    n = chance.randrange(street.homes)
    free = [rule for rule in RULES if not any(a.rule == rule and a.subject.household == f"h-{n}" for a in standing)]
    acts: list[Callable[[], object]] = [
        lambda: rewrite(street, n, area=chance.choice(["lane", "other"])),
        lambda: rewrite(street, n, address=f"Pear Lane {chance.randrange(99)}", name=f"Somebody {chance.randrange(99)}"),
    ]
    if free:
        desk = chance.choice([Desk.CARE, Desk.CARE, Desk.DEVICES])
        acts += [lambda: street.open(free[0], n, priority=chance.choice(list(Priority)), desk=desk)] * 4
    if standing:
        one = chance.choice(standing)
        acts += [
            lambda: street.step(one, TransitionKind.CLEARED, one.reason),
            lambda: write(street, *reply(one, street.clock(), f"contact:h-{n}/lin", Reason("reply_go", {}))),
            lambda: write(street, *resolve(one, street.clock(), "user:eva", Outcome.FINE)),
            lambda: write(street, *acknowledge(one, street.clock(), "user:ann")),
            lambda: write(street, *acknowledge(one, street.clock(), "user:ann")),
        ]
        if one.answer is Answer.ACKNOWLEDGED:
            acts = [lambda: write(street, *release(one, street.clock(), "user:ann"))] * 3 + acts[:-2]
    return acts


def read_standing(street: Street) -> list[Alert]:
    with street.store.read(EVERYTHING) as reader:
        return list(reader.alerts.read_plain_page(AlertFilter(is_open=True), 200).items)


@pytest.mark.slow
def test_whatever_happens_the_window_is_as_a_fresh_one(street: Street, clock: Clock) -> None:
    chance, windows = random.Random(11), Windows(street.store, lambda _reader: PlanBook())
    for step in range(80):
        clock.now += chance.choice([0, 300, 3_000])
        chance.choice(list_acts(street, chance, read_standing(street)))()
        newest = street.store.find_newest_change()
        for who in (DESK, LANE, NURSE):
            words = Wording(("en", "zh-CN")[step % 2])
            queue = (None, Queue.CARE, Queue.DEVICES)[step % 3]
            fresh = Windows(street.store, lambda _reader: PlanBook())
            assert shows(windows.get(newest, words, clock(), queue, who)) == shows(fresh.get(newest, words, clock(), queue, who))


class Watched(View):
    """Notes which alerts are read."""

    read: list[list[AlertId]]

    def show_alerts(self, entries: Sequence[AlertEntry]) -> tuple[AlertEntry, ...]:
        self.read.append([entry.alert.id for entry in entries])
        return super().show_alerts(entries)


def recall_once(street: Street, clock: Clock, recall: Recall, who: Principal = DESK) -> tuple[list[AlertId], list[AlertId]]:
    """Which alerts the list has, and which of them were read for it."""
    newest = street.store.find_newest_change()
    with street.store.read(EVERYTHING) as reader:
        view = Watched(reader, who, clock())
        view.read = []
        recall.begin(reader, newest, clock())
        found = recall.read_alerts(view, WAITING, 50)
        recall.end()
    return [entry.alert.id for entry in found], sorted(alert for some in view.read for alert in some)


def test_only_what_has_changed_is_read_again(street: Street, clock: Clock) -> None:
    first, second = street.sos(1), street.sos(2)
    recall, both = Recall(), sorted([first.id, second.id])
    shown, read = recall_once(street, clock, recall)
    assert sorted(shown) == read == both
    assert recall_once(street, clock, recall) == (shown, [])
    street.step(second, TransitionKind.CLEARED, second.reason)
    assert recall_once(street, clock, recall) == (shown, [second.id])
    third = street.sos(3)
    assert recall_once(street, clock, recall)[1] == [third.id]


def test_after_a_change_of_the_registry_or_a_minute_everything_is_read(street: Street, clock: Clock) -> None:
    alert, recall = street.sos(1), Recall()
    recall_once(street, clock, recall)
    rewrite(street, 5, name="Somebody else")
    assert recall_once(street, clock, recall)[1] == [alert.id]
    clock.now += 59_000
    assert recall_once(street, clock, recall)[1] == []
    clock.now += 1_000
    assert recall_once(street, clock, recall)[1] == [alert.id]


def test_what_is_closed_is_not_kept(street: Street, clock: Clock) -> None:
    alert, recall = street.sos(1), Recall()
    recall_once(street, clock, recall)
    write(street, *resolve(alert, clock(), "user:eva", Outcome.FINE))
    assert recall_once(street, clock, recall) == ([], [])
    assert not recall._entries


def test_roles_with_other_masks_share_nothing(street: Street, clock: Clock) -> None:
    street.open_about(Subject(HouseholdId("h-1")), "no_water", Reason("sos", {"at": NOON}), Desk.CARE)
    windows, newest = Windows(street.store, lambda _reader: PlanBook()), street.store.find_newest_change()
    shown = {}
    for role in ("desk", "integrator", "desk"):
        window = windows.get(newest, Wording("en"), clock(), None, person("ann", role))
        shown[role] = [row.about for section in window.sections for row in section.rows]
    assert "Plum Lane 2-101" in shown["desk"][0]
    assert "Plum Lane 2-101" not in shown["integrator"][0]


def test_no_consent_covers_a_field_of_a_row() -> None:
    """Else what was withdrawn would have to be read with each window again."""
    assert list_covered(Purpose).isdisjoint(_OF_ROWS)
