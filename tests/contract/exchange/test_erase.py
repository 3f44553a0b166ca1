"""Somebody is erased: key and rows are gone, others are as before, and the audit proves it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from homebeat.actions import Acknowledge, Resolve, perform_in
from homebeat.bootstrap.erasing import erase
from homebeat.domain.actor import ActorKind
from homebeat.domain.alert import Outcome
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.fleet import Resident
from homebeat.domain.ids import AlertId, HouseholdId, ResidentId
from homebeat.domain.principal import Grant, make_holder
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditFilter, Store
from tests.contract.exchange.carrying import read_all
from tests.contract.store import city
from tests.contract.store.city import T0

GONE = ResidentId("lane.1-r")
NURSE = make_holder(ActorKind.PERSON, "ann", [Grant("supervisor")])


@pytest.fixture
def settled(store: Store) -> Store:
    city.settle(store)
    return store


def retire(store: Store) -> None:
    fleet = city.make_fleet()
    with store.begin() as tx:
        tx.fleet.apply(replace(fleet, households=fleet.households[1:]), T0 + 5)


def close_alerts(store: Store) -> None:
    for row in read_all(store)["alerts"]:
        if row["household"] == "lane.1" and row["answer"] != "resolved":
            with store.begin() as tx:
                alert = tx.alerts.get(AlertId(row["id"]))
                assert alert is not None
                perform_in(tx, NURSE, Acknowledge(alert.id, alert.version), T0 + 8)
                perform_in(tx, NURSE, Resolve(alert.id, Outcome.FINE, note="seen at the door"), T0 + 9)


def find_about(rows: dict[str, list[dict[str, Any]]], name: str) -> dict[str, int]:
    """Count the rows of each noun, but the audit, in which a name stands."""
    found = {noun: sum(name in json.dumps(row) for row in some) for noun, some in rows.items() if noun != "audit"}
    return {noun: count for noun, count in found.items() if count}


def test_nothing_of_them_is_left_and_others_are_as_before(settled: Store) -> None:
    retire(settled)
    close_alerts(settled)
    before = read_all(settled)
    assert find_about(before, "lane.1")
    assert erase(settled, GONE, is_sure=True) == 0
    after = read_all(settled)
    after["silences"] = [row for row in after["silences"] if row["rule"] != "of lane.1"]  # it is about the area
    assert find_about(after, "lane.1") == {}
    for noun, rows in before.items():
        if noun not in {"audit", "audit_head"}:
            assert [row for row in after[noun] if "lane.2" in json.dumps(row)] == [
                row for row in rows if "lane.2" in json.dumps(row) and "lane.1" not in json.dumps(row)
            ], noun
    with settled.begin() as tx:
        assert not tx.owner_keys.has(f"resident:{GONE}")
        assert not tx.owner_keys.has("household:lane.1")


def test_the_audit_has_the_proof_and_a_second_time_is_well(settled: Store, capsys: pytest.CaptureFixture[str]) -> None:
    retire(settled)
    close_alerts(settled)
    erase(settled, GONE, is_sure=True)
    said = capsys.readouterr().out
    assert "cannot be undone" in said
    with settled.read(EVERYTHING) as reader:
        (proof,) = reader.audit.read_page(9, None, AuditFilter("", f"resident:{GONE}", "erase_resident")).items
    assert str(proof.detail["key"]) in said
    assert proof.detail["with_home"] is True
    assert erase(settled, GONE, is_sure=True) == 0
    assert "was erased on" in capsys.readouterr().out


def test_who_is_still_watched_is_not_erased(settled: Store) -> None:
    before = read_all(settled)
    with pytest.raises(NotAllowed, match="still watched"):
        erase(settled, GONE, is_sure=True)
    assert read_all(settled) == before


def test_an_open_alert_is_answered_for_first(settled: Store) -> None:
    retire(settled)
    with pytest.raises(NotAllowed, match="are open"):
        erase(settled, GONE, is_sure=True)


def test_nobody_is_nobody(settled: Store) -> None:
    with pytest.raises(NotFound):
        erase(settled, ResidentId("r-nobody"), is_sure=True)


def test_without_the_id_typed_nothing_is_erased(settled: Store) -> None:
    retire(settled)
    close_alerts(settled)
    before = read_all(settled)
    assert erase(settled, GONE, is_sure=False, ask=lambda _: "yes") == 1
    assert read_all(settled) == before


def test_a_home_in_which_somebody_else_lives_stays(settled: Store) -> None:
    fleet = city.make_fleet()
    first, *rest = fleet.households
    couple = replace(first, residents=(*first.residents, Resident(ResidentId("lane.1-s"), "Second", 1941)))
    alone = replace(couple, residents=couple.residents[1:], devices=couple.devices[:1])
    for home in (couple, alone):
        with settled.begin() as tx:
            tx.fleet.apply(replace(fleet, households=(home, *rest)), T0 + 5)
    close_alerts(settled)
    erase(settled, GONE, is_sure=True)
    after = read_all(settled)
    assert HouseholdId("lane.1") in {row["id"] for row in after["households"]}
    assert {row["id"] for row in after["residents"]} >= {"lane.1-s"}
    assert find_about(after, str(GONE)) == {}
    assert {row["id"] for row in after["devices"]} >= {"lane.1-meter"}
    assert "lane.1-band" not in {row["id"] for row in after["devices"]}
