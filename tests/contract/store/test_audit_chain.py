"""The chain of the audit: numbers without gaps, whatever is rolled back; nothing can be changed; retention cuts it lawfully."""

from __future__ import annotations

import hashlib
import json
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from homebeat.actions import Acknowledge, AddNote, FollowEdges, Perform, Release, perform_in
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Refused
from homebeat.domain.principal import ENGINE
from homebeat.domain.role import Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditEntry, AuditFilter, ChainPoint, Signer, Store, UnitOfWork
from homebeat.store.audit.chain import NO_HASH
from homebeat.store.audit.chain_check import AuditFaultKind, IsSigned
from homebeat.store.audit.writes import add_entry
from tests.contract.store.audit_rows import add_rows, cut, look, make_key, sign, verify
from tests.contract.store.conftest import STREET, T0, edge
from tests.people import person

#: The revision before the chain.
BEFORE = "0019"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> tuple[Signer, IsSigned]:
    return make_key(tmp_path_factory.mktemp("key"))


def entry(about: str = "alert:x", **detail: str | float) -> AuditEntry:
    return AuditEntry(T0, "user:chen", "desk", "look", about, detail)


def rows_of(store: Store) -> list[AuditEntry]:
    with store.read(EVERYTHING) as reader:
        return list(reversed(reader.audit.read_page(200).items))


def run(store: Store, statement: str, **values: object) -> None:
    with store._database.begin_write() as connection:
        connection.execute(text(statement), values)


def test_a_row_has_the_hash_of_the_row_before_in_its_own(store: Store) -> None:
    with store.begin() as tx:
        add_entry(tx, entry("resident:老人", b=0.1, a="x"))
        add_entry(tx, entry())
    first, second = rows_of(store)
    said = (
        '{"about":"resident:\\u8001\\u4eba","action":"look","actor":"user:chen",'
        f'"at":{T0},"detail":{{"a":"x","b":0.1}},"id":1,"role":"desk"}}'
    )
    assert json.loads(said)["about"] == first.about
    assert first.hash == hashlib.sha256((NO_HASH + said).encode()).hexdigest()
    said = f'{{"about":"alert:x","action":"look","actor":"user:chen","at":{T0},"detail":{{}},"id":2,"role":"desk"}}'
    assert second.hash == hashlib.sha256((first.hash + said).encode()).hexdigest()
    with store.read(EVERYTHING) as reader:
        assert reader.audit.find_head() == ChainPoint(2, second.hash)


def test_what_is_rolled_back_leaves_no_gap(store: Store, key: tuple[Signer, IsSigned]) -> None:
    def refuse_after_an_entry(tx: UnitOfWork) -> None:
        add_entry(tx, entry("alert:of the part"))
        raise ValueError("no")

    def stumble() -> None:
        with store.begin() as tx:
            add_entry(tx, entry("alert:lost"))
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError, match="the power went"):
        stumble()
    with store.begin() as tx:
        add_entry(tx, entry("alert:first"))
        with pytest.raises(Refused), tx.begin_part():
            refuse_after_an_entry(tx)
        with tx.begin_part():
            add_entry(tx, entry("alert:second"))
    assert [(row.id, row.about) for row in rows_of(store)] == [(1, "alert:first"), (2, "alert:second")]
    assert verify(store, key[1])[1] == []


@pytest.mark.parametrize("about", ["a\0b", "a\udc80b"])
def test_a_text_that_no_database_takes_is_refused_where_it_is_added(store: Store, about: str) -> None:
    with store.begin() as tx:
        with pytest.raises(Refused), tx.begin_part():
            add_entry(tx, entry(about))
        with pytest.raises(Refused), tx.begin_part():
            add_entry(tx, entry(share=float("nan")))
        add_entry(tx, entry("alert:good"))
    assert [row.about for row in rows_of(store)] == ["alert:good"]


@pytest.mark.parametrize("detail", [{"n": 10.0**22}, {"n": 2.0}, {"n": 1e-7}, {"n": -0.0}, {"n": 2**53 + 1}, {"t": "\0\udc80"}])
def test_a_number_comes_back_as_it_was_hashed(store: Store, key: tuple[Signer, IsSigned], detail: dict[str, Any]) -> None:
    with store.begin() as tx:
        add_entry(tx, entry(**detail))
    assert repr(dict(rows_of(store)[0].detail)) == repr(detail)
    assert verify(store, key[1])[1] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET about = 'x' WHERE id = 2",
        "UPDATE audit SET id = 9 WHERE id = 3",
        "DELETE FROM audit WHERE id = 3",
        "DELETE FROM audit",
    ],
)
def test_no_row_can_be_changed_or_deleted(store: Store, statement: str) -> None:
    add_rows(store, 3)
    before = rows_of(store)
    with pytest.raises(IntegrityError, match="a row of the audit is"):
        run(store, statement)
    assert rows_of(store) == before


def test_the_table_cannot_be_emptied_on_postgres(postgres_store: Store) -> None:
    add_rows(postgres_store, 3)
    with pytest.raises(IntegrityError, match="never changed"):
        run(postgres_store, "TRUNCATE audit")
    assert len(rows_of(postgres_store)) == 3


def test_rows_from_before_are_chained_by_the_upgrade(store: Store, key: tuple[Signer, IsSigned]) -> None:
    store.downgrade(BEFORE)
    old = (
        "INSERT INTO audit (id, at, actor, role, action, about, detail) VALUES (:id, :at, :actor, '', 'resolve', :about, :detail)"
    )
    for number in (2, 3, 7, 8):
        detail = json.dumps({"version": number, "z": 'a "b"', "a": 2.0, "big": 1e22})
        run(store, old, id=number, at=T0 + number, actor="user:老 chen", about=f"alert:{number}", detail=detail)
    store.upgrade()
    store.check_schema()
    with store.begin() as tx:
        add_entry(tx, entry("alert:new"))
    assert [(row.id, row.about) for row in rows_of(store)] == [
        (1, "alert:2"), (2, "alert:3"), (3, "alert:7"), (4, "alert:8"), (5, "alert:new"),
    ]  # fmt: skip
    assert rows_of(store)[0].detail["version"] == 2
    assert verify(store, key[1])[1] == []
    store.downgrade(BEFORE)
    store.upgrade()
    assert [row.about for row in rows_of(store)] == ["alert:2", "alert:3", "alert:7", "alert:8", "alert:new"]
    assert verify(store, key[1])[1] == []


@pytest.mark.parametrize("damage", ["DELETE FROM audit_head", "INSERT INTO audit VALUES (3, 0, '', '', '', '', '{}', 'x')"])
def test_an_alert_is_heard_whatever_somebody_did_to_the_head(store: Store, key: tuple[Signer, IsSigned], damage: str) -> None:
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    add_rows(store, 2)
    run(store, damage)
    for home in ("h1", "h2"):
        with store.begin() as tx:
            perform_in(tx, ENGINE, FollowEdges([edge(home)]), T0)
    with store.read(EVERYTHING) as reader:
        assert {row.alert.subject.household for row in reader.alerts.read_page().items} == {"h1", "h2"}
    faults = verify(store, key[1])[1]
    assert bool(faults) is ("INSERT" in damage)  # the head is made again from the last row


def test_a_chain_begins_where_somebody_took_the_head_before_the_first_row(store: Store, key: tuple[Signer, IsSigned]) -> None:
    run(store, "DELETE FROM audit_head")
    add_rows(store, 2)
    summary, faults = verify(store, key[1])
    assert (faults, summary.first, summary.last) == ([], 1, 2)


def test_looks_are_a_row_for_each_object(store: Store) -> None:
    look(store, "resident:r-0042", "resident:r-0007", "resident:r-0042")
    look(store)
    assert [(row.actor, row.role, row.action, row.about, dict(row.detail)) for row in rows_of(store)] == [
        ("user:lin", "nurse", "look", f"resident:{who}", {"fields": "phone"}) for who in ("r-0042", "r-0007")
    ]


def test_entries_are_found_by_who_what_about_what_and_when(store: Store) -> None:
    add_rows(store, 9)
    look(store, "resident:r-1", at=T0 + 90_000)

    def found(**wanted: str | int) -> list[int]:
        with store.read(EVERYTHING) as reader:
            first = reader.audit.read_page(2, None, AuditFilter(**wanted))  # type: ignore[arg-type]
            rest = reader.audit.read_page(200, first.next_cursor, AuditFilter(**wanted)) if first.next_cursor else None  # type: ignore[arg-type]
        return [row.id for row in (*first.items, *(rest.items if rest else ()))]

    assert found() == [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]
    assert found(actor="user:lin") == [10, 7, 4, 1]
    assert found(actor="user:lin", action="follow_edges") == [7, 4, 1]
    assert found(action="look") == [10]
    assert found(about="alert:a3") == [4]
    assert found(since=T0 + 60_000, until=T0 + 180_000) == [10, 3, 2]
    assert found(actor="user:li") == found(about="alert:a") == []


def test_retention_cuts_the_oldest_rows_and_signs_up_to_where(store: Store, key: tuple[Signer, IsSigned]) -> None:
    signer, is_signed = key
    add_rows(store, 6)
    add_rows(store, 4, at=T0 + 9 * DAY_MS)
    sign(store, signer, 2)
    sign(store, signer, 4)
    sign(store, signer, 8)
    assert cut(store, signer, T0 + DAY_MS) == 0, "nothing has been old for a day"
    assert cut(store, signer, T0 + 3 * DAY_MS, limit=4) == 4
    assert [row.id for row in rows_of(store)] == [5, 6, 7, 8, 9, 10, 11]
    assert (rows_of(store)[-1].actor, rows_of(store)[-1].action) == ("service:retention", "cut_audit")
    summary, faults = verify(store, is_signed)
    assert (faults, summary.cut_to, summary.first, summary.last, summary.checkpoints) == ([], 4, 5, 11, 2)
    with store.read(EVERYTHING) as reader:
        assert [checkpoint.number for checkpoint in reader.audit.iterate_checkpoints()] == [4, 8]
    assert cut(store, signer, T0 + 3 * DAY_MS) == 2
    assert cut(store, signer, T0 + 3 * DAY_MS) == 0
    summary, faults = verify(store, is_signed)
    assert (faults, summary.cut_to, [row.id for row in rows_of(store)]) == ([], 6, [7, 8, 9, 10, 11, 12])


def test_everything_may_be_old(store: Store, key: tuple[Signer, IsSigned]) -> None:
    signer, is_signed = key
    add_rows(store, 3)
    assert cut(store, signer, T0 + 30 * DAY_MS) == 3
    summary, faults = verify(store, is_signed)
    assert (faults, summary.first, summary.last) == ([], 4, 4)


def test_a_cut_that_another_key_signed_counts_as_none(store: Store, key: tuple[Signer, IsSigned], tmp_path: Path) -> None:
    other, _ = make_key(tmp_path)
    add_rows(store, 6)
    assert cut(store, other, T0 + 3 * DAY_MS, limit=4) == 4
    kinds = {fault.kind for fault in verify(store, key[1])[1]}
    assert kinds == {AuditFaultKind.BEGINNING, AuditFaultKind.UNKNOWN_KEY}


def test_writers_on_four_threads_meet_no_deadlock_and_leave_one_chain(
    postgres_store: Store, key: tuple[Signer, IsSigned]
) -> None:
    """Each works on alerts of its own and on one that all of them change."""
    store, each = postgres_store, 25
    with store.begin() as tx:
        tx.fleet.apply(STREET, T0)
    shared, *edges = (edge("h1", rule) for rule in ("fall", "sos", "no_sign_of_life", "leak", "not_worn"))
    with store.begin() as tx:
        perform_in(tx, ENGINE, FollowEdges([shared, *edges]), T0)
    failed: list[BaseException] = []

    def work(thread: int) -> None:
        perform = Perform(store, lambda: T0 + 1_000 * thread + next(ticks[thread]))
        me, own = person(f"p{thread}", Role.DESK), edges[thread].alert_id
        try:
            for _ in range(each):
                perform(me, Acknowledge(own))
                perform(me, AddNote(shared.alert_id, f"from {thread}"))
                perform(me, Release(own))
        except BaseException as error:  # noqa: BLE001 -- told by the test
            failed.append(error)

    ticks = [iter(range(10_000)) for _ in range(4)]
    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    assert failed == []
    summary, faults = verify(store, key[1])
    assert (faults, summary.rows, summary.last) == ([], 1 + 4 * each * 3, 1 + 4 * each * 3)
