"""A chain of the audit to tamper with, and keys to sign it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import Connection

from homebeat.actions import CutAudit, perform_in
from homebeat.actions.look import Look, record_looks
from homebeat.bootstrap.audit_key import open_signer, read_keys
from homebeat.domain.durations import DAY_MS
from homebeat.domain.principal import ENGINE, make_service
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditEntry, ChainPoint, SignedCheckpoint, Signer, Store
from homebeat.store.audit.chain import state_checkpoint
from homebeat.store.audit.chain_check import AuditFault, ChainSummary, IsSigned
from homebeat.store.audit.reads import AuditQueries
from homebeat.store.audit.verification import FoundCheckpoint, Verification
from homebeat.store.audit.writes import add_entry
from tests.contract.store.conftest import T0
from tests.people import person

NURSE = person("lin", "nurse").actor


def add_rows(store: Store, count: int, *, at: int = T0, size: int = 3) -> None:
    """Add rows of several kinds, `size` in a transaction, a minute apart."""
    for begin in range(0, count, size):
        with store.begin() as tx:
            for n in range(begin, min(begin + size, count)):
                who = ENGINE.actor if n % 3 else NURSE
                detail: dict[str, str | float | bool | None] = {
                    "n": n,
                    "share": n / 7,
                    "name": 'a "quoted" 老人',
                    "ok": n % 2 == 0,
                    "nothing": None,
                }
                add_entry(tx, AuditEntry(at + n * 60_000, str(who), who.role, "follow_edges", f"alert:a{n}", detail))


def look(store: Store, *about: str, at: int = T0) -> None:
    record_looks(store, NURSE, [Look(one, frozenset({"phone"})) for one in about], at)


def sign(store: Store, signer: Signer, number: int) -> SignedCheckpoint:
    """Sign the row of this number as it stands, and keep that in the database."""
    with store.read(EVERYTHING) as reader:
        (row,) = reader.audit.list_rows(number - 1, 1)
    made = make_checkpoint(ChainPoint(row.id, row.hash), signer)
    with store.begin() as tx:
        tx.signed_checkpoints.add(made)
    return made


def make_checkpoint(point: ChainPoint, signer: Signer, at: int = T0 + DAY_MS) -> SignedCheckpoint:
    signature = signer.sign(state_checkpoint(point, at, signer.key_id))
    return SignedCheckpoint(point.number, point.hash, at, signer.key_id, signature)


def cut(store: Store, signer: Signer, before: int, limit: int = 1_000) -> int:
    """Cut the rows from before a time, as retention does; returns how many."""
    with store.begin() as tx:
        old = perform_in(tx, make_service("retention"), CutAudit(before, limit, before, signer), before)
    return old.count if old is not None else 0


def verify(store: Store, is_signed: IsSigned, outside: Iterable[FoundCheckpoint] = ()) -> tuple[ChainSummary, list[AuditFault]]:
    with store.read(EVERYTHING) as reader:
        return verify_queries(reader.audit, is_signed, outside)


def verify_connection(
    connection: Connection, is_signed: IsSigned, outside: Iterable[FoundCheckpoint] = ()
) -> tuple[ChainSummary, list[AuditFault]]:
    """Verify what a transaction sees that is not committed."""
    return verify_queries(AuditQueries(connection), is_signed, outside)


def verify_queries(
    audit: AuditQueries, is_signed: IsSigned, outside: Iterable[FoundCheckpoint] = ()
) -> tuple[ChainSummary, list[AuditFault]]:
    faults: list[AuditFault] = []
    summary = Verification(is_signed, faults.append, outside).check_database(audit)
    assert summary.faults == len(faults)
    return summary, faults


def make_key(home: Path) -> tuple[Signer, IsSigned]:
    """A key of its own, and the check by it."""
    signer = open_signer(home)
    return signer, read_keys([home / "audit.pub"])
