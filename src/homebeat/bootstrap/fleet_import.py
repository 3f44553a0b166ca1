"""`homebeat fleet import`: makes the registry say what a fleet file says, and says what changed."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from homebeat.bootstrap.channel_accounts import find_absent_accounts, find_refused_kinds, list_cloud_accounts
from homebeat.bootstrap.fleet_cells import list_cell_changes
from homebeat.bootstrap.fleet_report import FleetReport, Retired
from homebeat.bootstrap.fleet_source import open_fleet_source
from homebeat.bootstrap.parts import make_egress_policy, make_setup
from homebeat.bootstrap.progress import CHECKED, READ, WRITTEN, Progress
from homebeat.bootstrap.reach import find_unreached
from homebeat.bootstrap.registry_findings import find_unknown_areas, find_unwatched, judge_contacts, make_usable_test
from homebeat.bootstrap.rotas import find_vacant
from homebeat.bootstrap.uncarried import find_uncarried
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Channel, Contact, Fleet
from homebeat.domain.ids import AreaId, ContactId, HouseholdId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.egress.policy import EgressPolicy
from homebeat.ingest.formats import list_codec_names
from homebeat.registry.area_file import AreaImport, read_area_source
from homebeat.registry.fields import Faults, suggest_name
from homebeat.registry.fleet_file import FleetSource, list_tables, raise_faults, read_source
from homebeat.registry.home_fields import FieldRules
from homebeat.registry.signing_secrets import SecretFiller, SecretMaker
from homebeat.registry.text import Place
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce
from homebeat.store import FleetChange, FleetSize, Store
from homebeat.watch.memory import pause_collection
from homebeat.wording import Wording

#: An import that retires a larger part than this of what is there has to be confirmed.
_MOST_RETIRED: Final = 0.1


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """How to import.

    Attributes:
        dry_run: Writes nothing, and says what would change by line and cell.
        take_back: Homes that are kept in the console become what the file says again.
        accepts_retiring: More than a tenth of the homes, residents or devices may be retired.
        language: In which it is said what is wrong and what changes.
        area: The file is of this area and all below it alone; None for everything.
    """

    dry_run: bool = False
    take_back: bool = False
    accepts_retiring: bool = False
    language: str = "en"
    area: AreaId | None = None


class _NotWritten(Exception):
    """Rolls the transaction back; carries what it would have done, and what it would have retired too much of."""

    def __init__(self, change: FleetChange, too_many: list[Retired]) -> None:
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
    words = Wording(options.language)
    progress = Progress(words)
    try:
        with pause_collection():
            return _import(force, store, file, options, FleetReport(words), progress)
    finally:
        progress.clear()


def _import(force: InForce, store: Store, file: Path, options: ImportOptions, report: FleetReport, progress: Progress) -> int:
    policy = make_egress_policy(force.settings)
    rules = FieldRules(list_codec_names(), policy.find_refusal, find_refused_kinds(force.settings.channels))
    progress.begin(READ)
    source = open_fleet_source(file, progress.add)
    with store.read(EVERYTHING) as reader:
        only = None if options.area is None else _make_area_import(reader.fleet.load_around(), source, options.area)
        wanted = _read(source, rules, report.words, only, progress)
        if only is not None:
            _refuse_elsewhere(reader.fleet.find_elsewhere(wanted, only.area), wanted, source, report.words)
        responders = reader.duty.list_responders(with_retired=True)
        book, size = make_setup(force).settle(reader).book, reader.fleet.count_living(options.area)
        before = reader.fleet.load_written(options.area) if options.dry_run else Fleet()
    notes = _judge(force, wanted if only is None else only.surround(wanted), book, policy)
    around, made = SecretFiller((), secrets.token_bytes, responders).fill(replace(wanted, households=()))
    fleet, maker = replace(around, households=wanted.households), SecretMaker(secrets.token_bytes)
    progress.begin(WRITTEN)
    too_many: list[Retired] = []
    is_written = True
    try:
        with store.begin() as tx:
            change = tx.fleet.apply(
                fleet, store.read_now(), take_back=options.take_back, area=options.area, count=progress.add, fill=maker.fill
            )
            notes += find_unwatched(tx.fleet.read_registry())
            if change.responders:
                notes += find_vacant(tx.rotas, tx.duty.list_retired(), store.read_now())
            too_many = _list_too_many(change, size)
            if options.dry_run or (too_many and not options.accepts_retiring):
                raise _NotWritten(change, too_many)  # noqa: TRY301 -- an error is how a transaction is given up
    except _NotWritten as asked:
        change, is_written = asked.change, False
    progress.clear()
    if options.dry_run:
        known = (contact for home in before.households for contact in home.contacts)
        after, _ = SecretFiller(known, secrets.token_bytes).fill(fleet)
        report.print_cells(list_cell_changes(before, after, source, set(change.kept), report.words))
    report.print_change(change)
    report.explain_contacts(change, _load_neighbours(store, change.contacts.removed), fleet)
    report.explain_zeros(change)
    report.print_notes(notes)
    if is_written:
        report.print_secrets([*maker.made, *made])
        return 0
    report.print_too_many(too_many)
    return report.say_nothing_written(is_dry_run=options.dry_run)


def _load_neighbours(store: Store, contacts: Iterable[str]) -> list[Contact]:
    """Load these contacts, and all others of their homes."""
    homes = {HouseholdId(contact.split("/", 1)[0]) for contact in contacts}
    if not homes:
        return []
    with store.read(EVERYTHING) as reader:
        return list(reader.fleet.iterate_contacts(with_retired=True, homes=homes))


def _make_area_import(around: Fleet, source: FleetSource, area: AreaId) -> AreaImport:
    """Make what is around an area that is imported.

    Raises:
        BadFleet: Neither the registry nor the file has such an area.
    """
    named = [str(one.get("id")) for one in list_tables(source.tree, "areas")]
    known = [*named, *(one.id for one in around.areas)]
    if area not in known:
        raise BadFleet([f"there is no area {area!r}, neither in the registry nor in the file{suggest_name(area, known)}"])
    return AreaImport(area, around)


def _read(source: FleetSource, rules: FieldRules, words: Wording, only: AreaImport | None, progress: Progress) -> Fleet:
    homes = list_tables(source.tree, "households")
    progress.begin(CHECKED, len(homes))
    rules = replace(rules, count_home=progress.add)
    return read_source(source, rules, words) if only is None else read_area_source(source, rules, only, words)


def _refuse_elsewhere(elsewhere: frozenset[str], fleet: Fleet, source: FleetSource, words: Wording) -> None:
    """Refuse homes, residents and devices that stand in another area now.

    Raises:
        BadFleet: It names line and cell of each.
    """
    if not elsewhere:
        return
    faults = Faults()
    for at, home in enumerate(fleet.households):
        places: list[tuple[str, Place]] = [(f"household {home.id}", ("households", at, "id"))]
        places += [(f"resident {one.id}", ("households", at, "residents", no, "id")) for no, one in enumerate(home.residents)]
        places += [(f"device {one.id}", ("households", at, "devices", no, "id")) for no, one in enumerate(home.devices)]
        for name, place in places:
            if name in elsewhere:
                faults.add(place, "stands in another area now: import the area that both lie in")
    raise_faults(faults, source, words)


def _judge(force: InForce, fleet: Fleet, book: PlanBook, policy: EgressPolicy) -> list[Finding]:
    """Find what does not fit between a fleet and the settings.

    Raises:
        BadFleet: The plan of a home does not exist, or ends with nobody.
    """
    contacts = (contact for household in fleet.households for contact in household.contacts)
    absent, accounts = find_absent_accounts(force.settings.channels), list_cloud_accounts(force.settings.channels)
    notes = judge_contacts(contacts, fleet.responders, policy, absent) + find_uncarried(fleet, book, accounts)
    notes += find_unknown_areas(force, fleet)
    _refuse_unreached(fleet, book, make_usable_test(policy, absent, accounts))
    return notes


def _list_too_many(change: FleetChange, size: FleetSize) -> list[Retired]:
    """Find what the import would retire more than a tenth of."""
    found = (
        Retired("households", len(change.households.removed), size.households),
        Retired("residents", len(change.residents.removed), size.residents),
        Retired("devices", len(change.devices.removed), size.devices),
    )
    return [one for one in found if one.gone > one.there * _MOST_RETIRED]


def _refuse_unreached(fleet: Fleet, book: PlanBook, is_usable: Callable[[ContactId, Channel], bool]) -> None:
    """Refuse a fleet in which the plan of a home does not exist, or ends with nobody.

    Raises:
        BadFleet: It names the homes, and says what to do.
    """
    faults = [finding for finding in find_unreached(fleet, book, is_usable) if finding.is_wrong]
    if faults:
        raise BadFleet([str(fault) for fault in faults])
