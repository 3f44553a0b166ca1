"""`homebeat provider`, `volunteer` and `complaint`, and what `homebeat check` says of contracts, on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from homebeat import cli
from homebeat.actions.look import LOOK
from homebeat.bootstrap.providers import judge_providers
from homebeat.domain.certificate import Certificate
from homebeat.domain.contract import Contract
from homebeat.domain.fleet import Responder, ResponderKind
from homebeat.domain.ids import ResponderId
from homebeat.domain.scope import EVERYTHING
from homebeat.domain.service_hours import ServiceEntry
from homebeat.settings import InForce, load
from homebeat.store import Store
from tests.contract.response.street import MINUTE, STAFF, make_fleet, responder
from tests.contract.response.test_provider_circuit_opens import CARE, RELIEF, TERMS, Street
from tests.contract.store.conftest import T0

THIRD = ResponderId("third-co")
Run = Callable[..., list[str]]


@pytest.fixture
def street(store: Store) -> Street:
    """Care is stood in for by relief, and relief by a third; whoever comes has a first-aid course that has ended."""
    found = Street(store)
    terms = {CARE: TERMS, RELIEF: Contract((THIRD,))}
    wang = Certificate("first aid course", date(2025, 1, 1), ("first aid",))
    staff = [
        replace(one, skills=("first aid", "lift"), certificates=(wang,))
        if one.id == "wang"
        else replace(one, contract=terms.get(one.id))
        for one in (*STAFF, responder(RELIEF, ResponderKind.PROVIDER), responder(THIRD, ResponderKind.PROVIDER))
    ]
    apply(store, staff)
    return found


def apply(store: Store, staff: list[Responder]) -> None:
    with store.begin() as tx:
        tx.fleet.apply(replace(make_fleet(plan="desk_only", paired=()), responders=tuple(staff)), T0)


@pytest.fixture
def run(street: Street, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run a command on the store of the test; returns its lines."""
    force = load({"HOMEBEAT_STATE_DIR": str(tmp_path)}, {})

    def open_store(asked: Any) -> tuple[InForce, Store]:
        return force, street.store

    monkeypatch.setattr(cli, "_open", open_store)

    def call(*words: str, status: int = 0) -> list[str]:
        capsys.readouterr()
        assert cli.main(list(words)) == status
        out, err = capsys.readouterr()
        return (out or err).splitlines()

    return call


def list_looks(street: Street) -> list[tuple[str, object]]:
    """What was seen at the command line, the newest first."""
    with street.store.read(EVERYTHING) as reader:
        rows = reader.audit.read_page(100).items
    looks = [row for row in rows if row.action == LOOK]
    assert all(row.actor.startswith("command:") for row in looks)
    return [(row.about, row.detail["fields"]) for row in looks]


def test_who_gets_the_work_is_listed_and_decided(run: Run, street: Street) -> None:
    listed = run("provider", "list")
    assert [line.partition(":")[0] for line in listed] == [CARE, RELIEF, THIRD]
    assert all("has its work" in line and line.endswith("nothing was asked") for line in listed)
    assert list_looks(street) == [], "nothing that anybody wrote was shown"
    veto = run("provider", "suspend", CARE, "--veto", "--reason", "the committee voted on 3 March")
    assert veto[0].startswith("care-co: suspended; its work goes to relief-co (committee, since ")
    assert veto[1].startswith("  standby relief-co; answers within critical PT3M")
    assert "suspended above 25% of at least 4 visits in P30D" in veto[1]
    assert veto[2].endswith(": the committee voted on 3 March")
    assert list_looks(street) == [("responder:care-co", "notes")]
    run("provider", "suspend", RELIEF, "--reason", "they have no car")
    assert "its work goes to third-co (" in run("provider", "show", CARE)[0], "the standby of its standby"
    trial = run("provider", "resume", CARE, "--trial", "--reason", "they have hired two people")
    assert trial[0].startswith("care-co: on trial, together with third-co (decision, since ")
    assert run("provider", "resume", CARE, "--reason", "it went well")[0].startswith("care-co: has its work")
    assert len(run("provider", "show", CARE)) == 5
    assert "no provider 'nobody'" in run("provider", "show", "nobody", status=2)[-1]
    assert "say why" in run("provider", "suspend", CARE, "--reason", "no", status=2)[-1]


def test_complaints_are_entered_listed_and_answered(run: Run, street: Street) -> None:
    assert run("complaint", "list") == ["nobody has complained"]
    assert list_looks(street) == []
    alert = street.send()
    made = run("complaint", "add", "--alert", alert, "--what", "her son says that nobody came")
    assert "  open, about care-co (alert " in made[0]
    assert made[0].endswith(": her son says that nobody came")
    run("complaint", "add", "--responder", RELIEF, "--what", "they shouted at the neighbour")
    assert [line.split()[0] for line in run("complaint", "list", "--open")] == ["2", "1"]
    assert list_looks(street) == [("complaints", "notes")]
    assert "rejected, about care-co" in run("complaint", "answer", "1", "--reject", "--word", "the camera shows them")[0]
    assert "answered this complaint already" in run("complaint", "answer", "1", "--uphold", "--word", "it is right", status=2)[-1]
    with pytest.raises(SystemExit):
        run("complaint", "answer", "1" * 19, "--uphold", "--word", "it is right")
    assert [line.split()[0] for line in run("complaint", "list", "--open")] == ["2"]
    assert run("complaint", "list")[1].endswith(": the camera shows them")
    assert "which alert" in run("complaint", "add", "--what", "nobody came", status=2)[-1]


def test_volunteers_hours_are_shown_written_and_corrected(run: Run, street: Street, tmp_path: Path) -> None:
    assert run("volunteer", "list") == ["wang: lift; lost until a certificate is renewed: first aid"]
    with street.store.begin() as tx:
        tx.volunteers.enter([ServiceEntry("v1", ResponderId("wang"), T0, T0 + 30 * MINUTE)])
    month = "2026-01"
    assert run("volunteer", "hours", "--from", month) == ["2026-01 wang: 1 visits, 30 min: 30 min"]
    corrected = run("volunteer", "correct", "wang", "--month", month, "--minutes", "-10", "--reason", "went home early")
    assert corrected == ["2026-01 wang: 1 visits, 30 min, corrected by -10 min: 20 min"]
    assert list_looks(street) == [], "no reason is printed"
    assert run("volunteer", "hours", "--from", month, "--csv", str(tmp_path / "h.csv"), "--json", str(tmp_path / "h.json")) == []
    assert "went home early" in (tmp_path / "h.csv").read_text()
    assert list_looks(street) == [("hours", "notes")]
    (item,) = json.loads((tmp_path / "h.json").read_text())
    assert (item["volunteer"], item["visits"], item["total_minutes"]) == ("wang", 1, 20)
    assert run("volunteer", "hours", "--from", "2025-12") == ["nobody gave any hours then"]
    assert run("volunteer", "hours", "--from", "soon", status=2)


def judge(street: Street, *, now: int = T0) -> list[str]:
    with street.store.read(EVERYTHING) as reader:
        return [("WRONG " if one.is_wrong else "note ") + one.what for one in judge_providers(reader, now)]


def test_gaps_of_contracts_are_named(run: Run, street: Street) -> None:
    assert judge(street) == []
    run("provider", "suspend", CARE, "--reason", "nobody came on Monday")
    run("provider", "suspend", RELIEF, "--reason", "they have no car")
    assert judge(street) == [], "the third stands in for both"
    run("provider", "suspend", THIRD, "--reason", "they have closed")
    stuck = "providers should not get the work, and are notified all the same, because nobody can stand in"
    assert judge(street) == [f"WRONG 3 {stuck}: care-co, relief-co, third-co"]
    over, ending = Contract(last_day=date(2025, 12, 31)), Contract(last_day=date(2026, 1, 20))
    staff = [one for one in STAFF if one.kind is not ResponderKind.PROVIDER]
    staff += [
        replace(responder(name, ResponderKind.PROVIDER), contract=contract)
        for name, contract in (("ended", over), ("ending", ending), ("plain", None))
    ]
    apply(street.store, staff)
    assert judge(street) == [
        "WRONG 2 providers have no standby: nobody gets their work when they fail: ended, ending",
        "note 1 providers have no contract: what they fail is counted, and nothing follows from it: plain",
        "WRONG 1 providers have a contract that does not hold today: their work goes to their standby: ended",
        "note 1 providers have a contract that ends within 30 days: ending",
        f"WRONG 1 {stuck}: ended",
    ]
