"""Rules that are changed in the console: one person up to twenty residents, two above; what it was before; on both databases."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from homebeat.actions import ChangeRules, DecideSetting, Perform, UndoSetting, WithdrawSetting
from homebeat.actions.setting_changes import EnteredChange, read_laid_over
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import BadSettings, Incomplete, NotAllowed, NotFound, NotPermitted, StaleVersion
from homebeat.domain.fleet import Fleet, Resident
from homebeat.domain.ids import AreaId, ResidentId
from homebeat.domain.principal import Grant, Principal, make_holder
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.setting_change import MOST_PLACES, SettingState
from homebeat.rules.catalogue import RULES
from homebeat.settings.console_changes import list_rule_values
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import Store
from tests.contract.store.conftest import STREET, T0, home
from tests.people import add_key, person

FILE = InForce(Settings(), RulePlan(RULES))
LANE, TOWN, HILL = AreaId("lane"), AreaId("town"), AreaId("hill")
ANN, BO = person("ann", "supervisor", "town"), person("bo", "supervisor", "town")
ROOT, NEAR = person("root", "admin"), person("near", "supervisor", "hill")


@pytest.fixture
def perform(store: Store) -> Perform:
    """The lane has 21 residents, the hill one."""
    crowd = tuple(Resident(ResidentId(f"h2-{n}"), f"Resident {n}", 1940) for n in range(20))
    homes = (home("h1"), replace(home("h2"), residents=crowd, devices=home("h2").devices[:1]), home("h3", "hill"))
    with store.begin() as tx:
        tx.fleet.apply(Fleet(STREET.areas, homes), T0)
    ticks = iter(range(T0 + 1, T0 + 1_000))
    return Perform(store, lambda: next(ticks))


def wants(area: AreaId | None, newest: int = 0, rule: str = "no_water", **after: Any) -> ChangeRules:
    return ChangeRules(FILE, area, rule, after or None, newest, "the winter is <b>cold</b>")


def holds(store: Store, *path: str) -> str:
    with store.read(EVERYTHING) as reader:
        return list_rule_values(read_laid_over(reader, FILE).force.plan, "no_water", path)["litres"]


def revision(store: Store) -> int:
    with store.read(EVERYTHING) as reader:
        return reader.setting_changes.read_revision()


def audited(store: Store) -> list[tuple[str, Any, Any]]:
    with store.read(EVERYTHING) as reader:
        entries = reader.audit.read_page(limit=50).items
    return [(e.action, e.detail.get("before"), e.detail.get("after")) for e in reversed(entries)]


def test_up_to_twenty_one_person_changes_and_undoes_and_the_audit_says_what_it_was(store: Store, perform: Perform) -> None:
    done: EnteredChange = perform(NEAR, wants(HILL, litres=4.0))
    assert (done.change.state, done.change.residents, done.before, done.after) == (
        SettingState.IN_FORCE,
        1,
        "litres=10.0",
        "litres=4.0",
    )
    assert (holds(store, "town", "hill"), holds(store, "town"), revision(store)) == ("4.0", "10.0", 1)
    with pytest.raises(StaleVersion):
        perform(BO, wants(HILL, litres=5.0))
    second = perform(BO, wants(HILL, done.change.id, litres=5.0))
    with pytest.raises(StaleVersion):
        perform(ANN, UndoSetting(FILE, done.change.id))
    back = perform(ANN, UndoSetting(FILE, second.change.id, "it was wrong"))
    assert (back.change.after, holds(store, "town", "hill"), revision(store)) == ({"litres": 4.0}, "4.0", 3)
    gone = perform(ANN, wants(HILL, back.change.id))
    assert (gone.change.after, holds(store, "town", "hill")) == (None, "10.0")
    assert audited(store) == [
        ("change_rules", "litres=10.0", "litres=4.0"),
        ("change_rules", "litres=4.0", "litres=5.0"),
        ("undo_setting", "litres=5.0", "litres=4.0"),
        ("change_rules", "litres=4.0", "litres=10.0"),
    ]
    with store.read(EVERYTHING) as reader:
        page = reader.setting_changes.read_page().items
    assert [one.reason for one in page] == ["the winter is <b>cold</b>", "it was wrong", *["the winter is <b>cold</b>"] * 2]
    with store._database.begin_read() as connection:
        sealed = connection.execute(text("SELECT reason_sealed FROM setting_change")).scalars().all()
    assert not any(b"winter" in bytes(one) for one in sealed)


def test_above_twenty_a_second_person_decides_and_nobody_is_two(store: Store, perform: Perform) -> None:
    proposed = perform(ANN, wants(LANE, litres=4.0)).change
    assert (proposed.state, proposed.residents, holds(store, "town", "lane"), revision(store)) == (
        SettingState.PROPOSED,
        21,
        "10.0",
        0,
    )
    # the same person again, by another session, by a key of theirs, and by a key that somebody else has made
    add_key(store, "hers", "supervisor", made_by="user:ann")
    add_key(store, "theirs", "supervisor", made_by="user:bo")
    hers, theirs = (make_holder(ActorKind.KEY, name, [Grant("supervisor")]) for name in ("hers", "theirs"))
    for same in (ANN, replace(ANN, grants=(Grant("admin"),)), hers, theirs):
        with pytest.raises(NotPermitted, match="another person"):
            perform(same, DecideSetting(FILE, proposed.id, accepts=True))
    with pytest.raises(NotAllowed, match="a key is nobody"):
        perform(theirs, wants(TOWN, litres=4.0))
    with pytest.raises(NotFound):
        perform(NEAR, DecideSetting(FILE, proposed.id, accepts=True))
    with pytest.raises(NotAllowed, match="waits for a second person"):
        perform(BO, wants(LANE, proposed.id, litres=6.0))
    assert (holds(store, "town", "lane"), revision(store)) == ("10.0", 0)
    done = perform(BO, DecideSetting(FILE, proposed.id, accepts=True, word="yes"))
    assert (done.before, done.after, holds(store, "town", "lane"), revision(store)) == ("litres=10.0", "litres=4.0", "4.0", 1)
    with pytest.raises(StaleVersion):
        perform(ROOT, DecideSetting(FILE, proposed.id, accepts=True))
    undo = perform(ANN, UndoSetting(FILE, proposed.id)).change
    assert (undo.state, holds(store, "town", "lane")) == (SettingState.PROPOSED, "4.0")
    with pytest.raises(Incomplete):
        perform(BO, DecideSetting(FILE, undo.id, accepts=False, word=" "))
    perform(BO, DecideSetting(FILE, undo.id, accepts=False, word="we need it"))
    again = perform(ANN, UndoSetting(FILE, proposed.id)).change
    with pytest.raises(NotPermitted, match="only who proposed it"):
        perform(BO, WithdrawSetting(again.id))
    perform(ANN, WithdrawSetting(again.id))
    with store.read(EVERYTHING) as reader:
        found = reader.setting_changes.read_page().items
        assert reader.setting_changes.list_proposed() == []
    assert [(one.state.value, one.word, one.decided_by) for one in found] == [
        ("withdrawn", "", "user:ann"),
        ("refused", "we need it", "user:bo"),
        ("in_force", "yes", "user:bo"),
    ]
    assert (holds(store, "town", "lane"), revision(store)) == ("4.0", 1)


REFUSED: list[tuple[Principal, ChangeRules, type[Exception]]] = [
    (ANN, wants(None, litres=4.0), NotPermitted),
    (NEAR, wants(LANE, litres=4.0), NotFound),
    (person("ann", "nurse"), wants(HILL, litres=4.0), NotPermitted),
    (person("ann", "manager"), wants(HILL, litres=4.0), NotPermitted),
    (ANN, wants(AreaId("nowhere"), litres=4.0), NotFound),
    (ANN, wants(HILL, rule="no_such_rule", litres=4.0), NotFound),
    (ANN, wants(HILL, litres=-4.0), BadSettings),
    (ANN, wants(HILL, rule="sos", enabled=False), BadSettings),
    (ANN, wants(HILL, rule="fall", confirm_after="PT9M"), BadSettings),
    (ANN, wants(HILL), Incomplete),
]


def test_what_is_refused_writes_nothing(store: Store, perform: Perform) -> None:
    for who, wanted, refused in REFUSED:
        with pytest.raises(refused):
            perform(who, wanted)
    with store.read(EVERYTHING) as reader:
        assert (reader.setting_changes.read_page().items, reader.audit.read_page(limit=50).items) == ((), ())


def test_beyond_a_number_of_places_a_new_one_is_refused_and_those_that_hold_can_be_changed(
    store: Store, perform: Perform
) -> None:
    first = perform(ANN, wants(HILL, litres=4.0)).change.id
    copied = "area, before, after, state, residents, at, actor, reason_sealed, tried, decided_by"
    more = text(
        f"INSERT INTO setting_change (key, subject, {copied}) SELECT key || :n, subject || :n, {copied} "
        "FROM setting_change WHERE id = :id"
    )
    with store.begin() as tx:
        tx.setting_changes._connection.execute(more, [{"n": str(n), "id": first} for n in range(1, MOST_PLACES)])
    with pytest.raises(NotAllowed, match="places"):
        perform(ANN, wants(HILL, rule="water_running", enabled=False))
    perform(ANN, wants(HILL, newest=first, litres=5.0))
    assert holds(store, TOWN, HILL) == "5.0"
