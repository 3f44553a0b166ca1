"""A rota that a supervisor of one area writes is kept in the console: no file changes or retires it before it is taken back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homebeat.actions import Perform, RetireRota, SetRota, SetRotas
from homebeat.domain.errors import BadFleet, StaleVersion
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.principal import make_command
from homebeat.domain.role import Role
from homebeat.domain.rota import Rota
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.rota_file import RotaRegistry, read_rota_table
from homebeat.store import Store
from tests.people import person
from tests.unit.api.street import NOON, Clock, fleet

LI, WANG, ANN = (ResponderId(name) for name in ("li", "wang", "ann"))
AREAS = {LI: "lane", WANG: "lane", ANN: "other"}
PEOPLE = tuple(Responder(who, who.title(), ResponderKind.DESK, (AreaId(area),)) for who, area in AREAS.items())


def table(area: str, who: ResponderId, ident: str) -> dict[str, object]:
    shifts = [{"name": "all", "from": "00:00", "to": "24:00", "who": [who]}]
    return {"id": ident, "area": area, "kind": "desk", "timezone": "Asia/Shanghai", "from": "2026-02-01", "shifts": shifts}


def rota(area: str, who: ResponderId, ident: str) -> Rota:
    lines = {name: frozenset({AreaId(name), AreaId("town")}) for name in ("lane", "other")}
    found, faults = read_rota_table(table(area, who, ident), RotaRegistry(lines, {one.id: one.areas for one in PEOPLE}, {}))
    assert faults == []
    return found


def test_a_rota_of_the_console_and_a_rota_file(store: Store) -> None:
    with store.begin() as tx:
        tx.fleet.apply(replace(fleet(1), responders=PEOPLE), NOON)
    perform = Perform(store, Clock())
    boss, office = person("boss", Role.SUPERVISOR, "lane"), make_command("ops")

    def on_duty(area: str) -> list[str]:
        with store.read(EVERYTHING) as reader:
            return [one.responder for one in reader.rotas.find_duty([AreaId(area)], NOON)[AreaId(area)].now]

    perform(office, SetRotas((rota("lane", LI, "r-lane"), rota("other", ANN, "r-other")), {}))
    with pytest.raises(StaleVersion):
        perform(boss, SetRota(table("lane", WANG, "r-lane"), 7))
    assert perform(boss, SetRota(table("lane", WANG, "r-lane"), 1)).is_written
    assert on_duty("lane") == ["wang"]
    again = (rota("lane", LI, "r-lane"), rota("other", ANN, "r-other"))
    result = perform(office, SetRotas(again, {}))
    assert (result.kept, bool(result.change), on_duty("lane")) == ((RotaId("r-lane"),), False, ["wang"])
    assert perform(office, SetRotas((rota("other", ANN, "r-other"),), {})).change.removed == ()
    with pytest.raises(BadFleet):
        perform(office, SetRotas((rota("lane", LI, "second"),), {}))
    # retired there, it is not brought back by a file
    perform(boss, RetireRota(RotaId("r-lane"), 2))
    perform(office, SetRotas(again, {}))
    assert (on_duty("lane"), on_duty("other")) == ([], ["ann"])
    perform(office, SetRotas(again, {}, take_back=True))
    assert on_duty("lane") == ["li"]
    assert perform(office, SetRotas(again[1:], {})).change.removed == ("r-lane",)
