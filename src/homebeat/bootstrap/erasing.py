"""Erases a resident, for `homebeat erase`."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Callable

from homebeat.actions import EraseResident, perform_in
from homebeat.actions.erase_resident import find_erasable
from homebeat.domain.ids import ResidentId
from homebeat.domain.instants import format_instant
from homebeat.domain.principal import make_command
from homebeat.domain.scope import EVERYTHING
from homebeat.store import AuditFilter, PersonRows, Store


def erase(store: Store, resident: ResidentId, *, is_sure: bool, ask: Callable[[str], str] = input) -> int:
    """Say what goes, ask, and erase it. Of somebody who was erased before it says when, and that is well.

    Args:
        store: The database.
        resident: Who.
        is_sure: Do not ask.
        ask: Reads an answer from a terminal.

    Raises:
        NotFound: Nobody has or had this id.
        NotAllowed: They are still watched, or an alert about them is open. Nothing was changed.
        Unavailable: The database is away. Where it says that old values may still be on the disk, do it again.
    """
    with store.begin() as tx:
        rows = tx.erasing.find(resident)
    if rows is None and (done := _find_proof(store, resident)) is not None:
        store.drop_erased()
        print(f"{resident} was erased {done}; nothing is left to erase")
        return 0
    _describe(resident, find_erasable(rows, resident))
    if not is_sure and not _is_confirmed(resident, ask):
        print("nothing was erased")
        return 1
    with store.begin() as tx:
        gone = perform_in(tx, make_command(getpass.getuser()), EraseResident(resident), store.read_now())
    store.drop_erased()
    print(f"{resident} is erased: {gone.readings:,} readings, {len(gone.alerts):,} alerts. The audit has the proof")
    return 0


def _find_proof(store: Store, resident: ResidentId) -> str | None:
    """Find in the audit when somebody was erased, and by whom."""
    with store.read(EVERYTHING) as reader:
        page = reader.audit.read_page(1, None, AuditFilter("", f"resident:{resident}", EraseResident.name))
    return next((f"on {format_instant(entry.at)} by {entry.actor}" for entry in page.items), None)


def _describe(resident: ResidentId, rows: PersonRows) -> None:
    print(f"{resident}, last of home {rows.household}:")
    print(
        f"  the key is destroyed{f' ({rows.key})' if rows.key else ''}: name, telephone number and papers can never be read again"
    )
    print(
        f"  {len(rows.alerts):,} alerts with their history, {rows.readings:,} readings of {len(rows.devices)} devices are deleted"
    )
    if rows.with_home:
        print(f"  nobody else has lived in {rows.household}: the home goes too, with its contacts and absences")
    else:
        print(f"  others have lived in {rows.household}: the home stays, with what its shared meter measured")
    print("  backups and exports of before keep what was in them; see docs/privacy.md. This cannot be undone")


def _is_confirmed(resident: ResidentId, ask: Callable[[str], str]) -> bool:
    if not sys.stdin.isatty() and ask is input:
        print("there is no terminal to ask on: add --yes", file=sys.stderr)
        return False
    return ask(f"Erase {resident}? Type the id to confirm: ").strip() == resident
