"""`homebeat fleet import`: makes the registry say what a fleet file says, and says what changed."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from homebeat.bootstrap.channel_accounts import find_absent_accounts, find_refused_kinds, list_cloud_accounts
from homebeat.bootstrap.fleet_cells import list_cell_changes
from homebeat.bootstrap.fleet_source import open_fleet_source
from homebeat.bootstrap.parts import make_egress_policy, make_setup
from homebeat.bootstrap.reach import find_unreached
from homebeat.bootstrap.registry_findings import find_unknown_areas, find_unwatched, judge_contacts, make_usable_test
from homebeat.bootstrap.rotas import find_vacant
from homebeat.bootstrap.uncarried import find_uncarried
from homebeat.domain.contact_id import is_derived
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Channel, Contact, Fleet
from homebeat.domain.ids import ContactId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import list_codec_names
from homebeat.registry.fleet_file import read_source
from homebeat.registry.home_fields import FieldRules
from homebeat.registry.signing_secrets import SecretFiller
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce
from homebeat.store import FleetChange, FleetSize, Store, TableChange
from homebeat.wording import Wording

#: An import that retires a larger part than this of what is there has to be confirmed.
_MOST_RETIRED: Final = 0.1
_MOST_CELLS: Final = 200


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import.

    Attributes:
        dry_run: Writes nothing, and says what would change by line and cell.
        take_back: Homes that are kept in the console become what the file says again.
        accepts_retiring: More than a tenth of the homes, residents or devices may be retired.
        language: In which the faults of the file are named.
    """

    dry_run: bool = False
    take_back: bool = False
    accepts_retiring: bool = False
    language: str = "en"


class _NotWritten(Exception):
    """Rolls the transaction back; carries what it would have done, and what it would have retired too much of."""

    def __init__(self, change: FleetChange, too_many: list[str]) -> None:
        self.change = change
        self.too_many = too_many
        super().__init__()


def import_fleet(force: InForce, store: Store, file: Path, options: ImportOptions) -> int:
    """Import a fleet file into the registry, and print what changed.

    Args:
        force: The settings.
        store: The registry.
        file: The fleet file.
        options: How.

    Returns:
        1 where it would retire too much and that was not accepted: then nothing was written.

    Raises:
        BadFleet: The file cannot be used; nothing was changed.
    """
    policy, source = make_egress_policy(force.settings), open_fleet_source(file)
    rules = FieldRules(list_codec_names(), policy.find_refusal, find_refused_kinds(force.settings.channels))
    wanted = read_source(source, rules, Wording(options.language))
    with store.read(EVERYTHING) as reader:
        known = list(reader.fleet.iterate_contacts(with_retired=True))
        responders = reader.duty.list_responders(with_retired=True)
        book, size = make_setup(force).settle(reader).book, reader.fleet.count_living()
        before = reader.fleet.load_written() if options.dry_run else Fleet()
    fleet, made = SecretFiller(known, secrets.token_bytes, responders).fill(wanted)
    contacts = (contact for household in fleet.households for contact in household.contacts)
    absent, accounts = find_absent_accounts(force.settings.channels), list_cloud_accounts(force.settings.channels)
    notes = judge_contacts(contacts, fleet.responders, policy, absent) + find_uncarried(fleet, book, accounts)
    notes += find_unknown_areas(force, fleet)
    _refuse_unreached(fleet, book, make_usable_test(policy, absent, accounts))
    too_many: list[str] = []
    is_written = True
    try:
        with store.begin() as tx:
            change = tx.fleet.apply(fleet, store.read_now(), take_back=options.take_back)
            notes += find_unwatched(tx.fleet.read_registry())
            if change.responders:
                notes += find_vacant(tx.rotas, tx.duty.list_retired(), store.read_now())
            too_many = _list_too_many(change, size)
            if options.dry_run or (too_many and not options.accepts_retiring):
                raise _NotWritten(change, too_many)  # noqa: TRY301 -- an error is how a transaction is given up
    except _NotWritten as asked:
        change, is_written = asked.change, False
    if options.dry_run:
        _print_cells(list_cell_changes(before, fleet, source, set(change.kept)))
    _print_change(change)
    _explain_contacts(change, known, fleet)
    _explain_zeros(change)
    _print_notes(notes)
    if is_written:
        for new in made:
            where = f"{new.contact}, channel {new.channel_index}"
            print(f"signing secret of {where}: {new.secret}  (shown once: give it to the receiver)")
        return 0
    for line in too_many:
        print(line, file=sys.stderr)
    if options.dry_run:
        print("nothing was written: this was a dry run")
        return 0
    print("nothing was written: is the file whole? If they are to be retired, import it with --yes", file=sys.stderr)
    return 1


def _list_too_many(change: FleetChange, size: FleetSize) -> list[str]:
    """Name what the import would retire more than a tenth of."""
    found = (
        ("households", len(change.households.removed), size.households),
        ("residents", len(change.residents.removed), size.residents),
        ("devices", len(change.devices.removed), size.devices),
    )
    return [
        f"{kind}: {gone} of {there} would be retired, more than a tenth: that needs --yes"
        for kind, gone, there in found
        if gone > there * _MOST_RETIRED
    ]


def _print_cells(lines: Iterator[str]) -> None:
    for count, line in enumerate(lines):
        if count < _MOST_CELLS:
            print(line)
        else:
            print(f"and more than these {_MOST_CELLS}")
            break


def _refuse_unreached(fleet: Fleet, book: PlanBook, is_usable: Callable[[ContactId, Channel], bool]) -> None:
    """Refuse a fleet in which the plan of a home does not exist, or ends with nobody.

    Raises:
        BadFleet: It names the homes, and says what to do.
    """
    faults = [finding for finding in find_unreached(fleet, book, is_usable) if finding.is_wrong]
    if faults:
        raise BadFleet([str(fault) for fault in faults])


def _print_notes(findings: Iterable[Finding]) -> None:
    for finding in findings:
        print(f"note: {finding}", file=sys.stderr)


def _print_change(change: FleetChange) -> None:
    if not change:
        print("nothing to change")
    if change.kept:
        shown = ", ".join(change.kept[:5]) + (f" and {len(change.kept) - 5} more" if len(change.kept) > 5 else "")
        print(f"households: {len(change.kept)} are kept in the console, and left as they are: {shown}")
        print("--take-back makes them what the file says again")
    for kind in ("areas", "households", "residents", "contacts", "devices", "away", "responders"):
        for what, ids in _list_differences(getattr(change, kind)):
            shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
            print(f"{kind}: {len(ids)} {what}: {shown}")


def _explain_contacts(change: FleetChange, known: Iterable[Contact], fleet: Fleet) -> None:
    """Explain what an import means for contacts whom it retires, above all where somebody may only have a new name."""
    if change.unsent:
        print(
            f"note: {change.unsent} notices were waiting for people who are retired now; they will not be sent", file=sys.stderr
        )
    removed, added = set(change.contacts.removed), set(change.contacts.added)
    gone = [who for who in known if who.id in removed and is_derived(who)]
    new: dict[str, list[str]] = {}
    for home in fleet.households:
        new |= {home.id: names} if (names := [c.name for c in home.contacts if c.id in added and is_derived(c)]) else {}
    for who in gone:
        household, own = who.id.split("/", 1)
        if household in new:
            print(
                f"note: {household}: {who.name!r} is retired, and {', '.join(map(repr, new[household]))} is somebody new. "
                f"If only the name changed, give the new entry `id: {own}` and import again",
                file=sys.stderr,
            )


def _explain_zeros(change: FleetChange) -> None:
    """Say where a new id is that of somebody retired without its leading zeros: spreadsheets drop them."""
    for kind in ("households", "residents", "devices"):
        difference: TableChange = getattr(change, kind)
        gone = {ident.lstrip("0"): ident for ident in difference.removed if ident.startswith("0")}
        for new in difference.added:
            if new in gone:
                print(
                    f"note: {kind}: {new!r} is new and {gone[new]!r} is retired: a spreadsheet drops leading zeros. "
                    "Format the column as text, and type them again",
                    file=sys.stderr,
                )


def _list_differences(difference: TableChange) -> Iterator[tuple[str, tuple[str, ...]]]:
    for what in ("added", "changed", "removed"):
        ids = getattr(difference, what)
        if ids:
            yield what, ids
