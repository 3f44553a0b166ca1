"""`homebeat fleet`, `db`, `clock`, `quarantine`: what operators do to the database."""

from __future__ import annotations

import getpass
import secrets
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from homebeat.actions.home_writing import HomeRules
from homebeat.bootstrap.channel_accounts import find_absent_accounts, find_refused_kinds, list_cloud_accounts
from homebeat.bootstrap.parts import make_egress_policy, make_setup
from homebeat.bootstrap.reach import find_unreached
from homebeat.bootstrap.registry_findings import find_unknown_areas, find_unwatched, judge_contacts, make_usable_test
from homebeat.bootstrap.rotas import find_vacant
from homebeat.bootstrap.uncarried import find_uncarried
from homebeat.domain.contact_id import is_derived
from homebeat.domain.errors import BadFleet
from homebeat.domain.fleet import Channel, Contact, Fleet
from homebeat.domain.ids import ContactId
from homebeat.domain.instants import format_instant
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.scope import EVERYTHING
from homebeat.ingest.formats import Formats, list_codec_names
from homebeat.registry.fleet_file import read_fleet_file
from homebeat.registry.home_fields import FieldRules
from homebeat.registry.signing_secrets import SecretFiller
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce
from homebeat.store import FleetChange, Store, TableChange
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import Enrolment, read_enrolled
from homebeat.watch.retry import try_again


def import_fleet(force: InForce, store: Store, file: Path, *, dry_run: bool, take_back: bool = False) -> int:
    """Import a fleet file into the registry, and print what changed.

    Args:
        force: The settings.
        store: The registry.
        file: The fleet file.
        dry_run: Writes nothing.
        take_back: Homes that are kept in the console become what the file says again.

    Raises:
        BadFleet: The file cannot be used; nothing was changed.
    """
    refused = find_refused_kinds(force.settings.channels)
    wanted = read_fleet_file(file, list_codec_names(), make_egress_policy(force.settings).find_refusal, refused)
    with store.read(EVERYTHING) as reader:
        known = list(reader.fleet.iterate_contacts(with_retired=True))
        responders = reader.duty.list_responders(with_retired=True)
        book = make_setup(force).settle(reader).book
    fleet, made = SecretFiller(known, secrets.token_bytes, responders).fill(wanted)
    contacts = (contact for household in fleet.households for contact in household.contacts)
    policy, absent = make_egress_policy(force.settings), find_absent_accounts(force.settings.channels)
    accounts = list_cloud_accounts(force.settings.channels)
    notes = judge_contacts(contacts, fleet.responders, policy, absent) + find_uncarried(fleet, book, accounts)
    notes += find_unknown_areas(force, fleet)
    _refuse_unreached(fleet, book, make_usable_test(policy, absent, accounts))
    try:
        with store.begin() as tx:
            change = tx.fleet.apply(fleet, store.read_now(), take_back=take_back)
            notes += find_unwatched(tx.fleet.read_registry())
            if change.responders:
                notes += find_vacant(tx.rotas, tx.duty.list_retired(), store.read_now())
            if dry_run:
                raise _OnlyAsked(change)  # noqa: TRY301 -- an error is how a transaction is given up
    except _OnlyAsked as asked:
        _print_change(asked.change)
        _explain_contacts(asked.change, known, fleet)
        _print_notes(notes)
        print("nothing was written: this was a dry run")
        return 0
    _print_change(change)
    _explain_contacts(change, known, fleet)
    _print_notes(notes)
    for new in made:
        print(
            f"signing secret of {new.contact}, channel {new.channel_index}: {new.secret}  (shown once: give it to the receiver)"
        )
    return 0


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


def list_device_ids(file: Path | None, store: Callable[[], Store]) -> list[str]:
    """List the ids of every device of a fleet file, or of the registry where `file` is None, in order.

    Raises:
        BadFleet: The file cannot be used.
    """
    if file is not None:
        return [device.id for household in read_fleet_file(file, list_codec_names()).households for device in household.devices]
    with store().read(EVERYTHING) as reader:
        return list(reader.fleet.read_device_nos())


def make_home_rules(force: InForce) -> HomeRules:
    """Make the rules by which a home is judged that is changed in the console: those of an import."""
    settings = force.settings
    policy, absent = make_egress_policy(settings), find_absent_accounts(settings.channels)
    is_usable = make_usable_test(policy, absent, list_cloud_accounts(settings.channels))

    def find_faults(fleet: Fleet, book: PlanBook) -> list[str]:
        return [str(one) for one in find_unreached(fleet, book, is_usable) if one.is_wrong]

    fields = FieldRules(list_codec_names(), policy.find_refusal, find_refused_kinds(settings.channels))
    return HomeRules(fields, find_faults, secrets.token_bytes)


class _OnlyAsked(Exception):
    """Rolls the transaction back; carries what it would have done."""

    def __init__(self, change: FleetChange) -> None:
        self.change = change
        super().__init__()


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


def _list_differences(difference: TableChange) -> Iterator[tuple[str, tuple[str, ...]]]:
    for what in ("added", "changed", "removed"):
        ids = getattr(difference, what)
        if ids:
            yield what, ids


def list_clock_steps(store: Store) -> int:
    """List the database's clock, and the steps of it that the engine followed."""
    print(f"the database's clock says {format_instant(store.read_now())}")
    with store.read(EVERYTHING) as reader:
        for step in reader.clock.list_steps():
            by_s = (step.after - step.before) / 1000
            accepted = "" if step.accepted_at is None else f", accepted {format_instant(step.accepted_at)}"
            print(f"step {step.no}: {by_s:+,.0f} s to {format_instant(step.after)}, after reading {step.position}{accepted}")
    return 0


def accept_clock(store: Store) -> int:
    """Note that somebody has seen the steps of the clock and confirms that it is right now."""
    with store.begin() as tx:
        count = tx.clock.accept(f"cli:{getpass.getuser()}", store.read_now())
    print(f"accepted {count} steps; the clock says {format_instant(store.read_now())}")
    return 0


def retry_quarantine(force: InForce, store: Store) -> int:
    """Drive what was set aside again: after a device was registered, a codec was mended, a limit was raised.

    What can be read now is handed to the watch, which alone writes the log. It takes it in within seconds of running, with
    its own event times, as arrived now: an SOS among it is told late, not never.
    """
    with store.read(EVERYTHING) as reader:
        read = read_enrolled(reader)
    enrolment = Enrolment.make(
        read, Roster().with_registry(read.registry, store.read_now()), Formats(force.settings.list_format_topics())
    )
    after, given, tried, limits = 0, 0, 0, force.settings.limits.make_codec_limits()
    while True:
        with store.read(EVERYTHING) as reader:
            entries = reader.quarantine.list_unretried(after)
        if not entries:
            break
        usable = [entry for entry, _ in try_again(entries, enrolment, limits, store.read_now()).used]
        with store.begin() as tx:
            given += tx.quarantine.request_retry(usable, store.read_now())
        after, tried = entries[-1].id, tried + len(entries)
    print(f"{tried} messages tried again, {given} can be used and are handed to the watch, {tried - given} stay in quarantine")
    return 0
