"""A rule that is changed in the console holds within seconds, without a restart, and after one."""

from __future__ import annotations

import threading

from homebeat.actions import ChangeRules, Perform, UndoSetting
from homebeat.bootstrap.parts import make_book_compiler
from homebeat.domain.ids import AreaId
from homebeat.domain.setting_change import SettingChange, SettingState
from homebeat.rules.catalogue import RULES
from homebeat.settings.model import InForce, Settings
from homebeat.settings.plan import RulePlan
from homebeat.store import Store
from homebeat.watch import Watch, WatchOptions
from tests.contract.store.conftest import STREET, T0
from tests.contract.watch.test_upkeep import HOUR, KEEP, Scripted
from tests.people import person

FILE = InForce(Settings(), RulePlan(RULES))
LANE, HILL = AreaId("lane"), AreaId("hill")


def is_on(watch: Watch, area: AreaId, rule: str = "no_water") -> bool:
    book = watch.engine.book
    return rule in book.variants[book.variant_of_area.get(area, 0)]


def test_the_engine_judges_by_what_the_console_says_without_a_restart_and_after_one(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    now, notes = [T0 + HOUR], list[str | None]()
    perform = Perform(store, lambda: now[0])
    options = WatchOptions(keep=KEEP, checkpoint_ms=HOUR)

    def begin() -> Watch:
        book_of = make_book_compiler(FILE, notes.append)
        watch = Watch(store, Scripted(), options, clock=lambda: now[0], book_of=book_of)
        watch.start()
        return watch

    def tick(watch: Watch) -> None:
        now[0] += 3_000
        watch.tick(threading.Event())

    watch = begin()
    tick(watch)
    assert not is_on(watch, LANE)
    done = perform(person("ann", "supervisor", "town"), ChangeRules(FILE, LANE, "no_water", {"enabled": True}, 0))
    tick(watch)
    assert (is_on(watch, LANE), is_on(watch, HILL)) == (True, False)
    watch._checkpoint_writer.take(watch.engine)
    watch._checkpoint_writer.finish()
    watch = begin()
    assert (is_on(watch, LANE), is_on(watch, HILL)) == (True, False)
    with store.begin() as tx:
        # as a version before this one may have left it: it must not keep the watch from starting or from following
        gone = SettingChange(0, LANE, "rules.gone", None, {"enabled": True}, SettingState.IN_FORCE, 2, now[0], "user:ann")
        tx.setting_changes.add(gone)
    tick(watch)
    assert is_on(watch, LANE)
    assert "rules.gone, is left out" in str(notes[-1])
    perform(person("bo", "admin"), UndoSetting(FILE, done.change.id))
    tick(watch)
    assert not is_on(watch, LANE)
