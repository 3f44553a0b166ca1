"""`homebeat check`: prints what is wrong, first and last, and between them what is in force and where each value comes from."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from homebeat.actions.setting_changes import read_laid_over
from homebeat.bootstrap.audit_findings import judge_audit_key, judge_checkpoint_file
from homebeat.bootstrap.channel_accounts import find_absent_accounts, judge_accounts, list_cloud_accounts
from homebeat.bootstrap.codec_findings import judge_codecs
from homebeat.bootstrap.connecting import try_connections
from homebeat.bootstrap.descriptors import describe_shortage, raise_limit
from homebeat.bootstrap.home_assistant import judge_chosen, judge_home_assistant
from homebeat.bootstrap.identity_provider import judge_identities, judge_identity_provider
from homebeat.bootstrap.intake import judge_intake
from homebeat.bootstrap.parts import make_egress_policy
from homebeat.bootstrap.platforms import judge_platforms
from homebeat.bootstrap.private_files import find_readable_by_others
from homebeat.bootstrap.providers import judge_providers
from homebeat.bootstrap.reach import find_unreached
from homebeat.bootstrap.registry_findings import find_unwatched, judge_access, judge_contacts, judge_registry, make_usable_test
from homebeat.bootstrap.rotas import judge_rotas
from homebeat.bootstrap.runtime import read_wall_ms
from homebeat.bootstrap.service import NAME_THE_DATABASE, ROLES
from homebeat.bootstrap.uncarried import find_uncarried
from homebeat.bootstrap.volunteers import judge_certificates
from homebeat.domain.errors import BadSettings, HomebeatError, Unavailable
from homebeat.domain.fleet import Contact, Responder
from homebeat.domain.scope import EVERYTHING
from homebeat.settings.console_changes import LaidOver
from homebeat.settings.explain import explain, name_database
from homebeat.settings.findings import Finding, judge_settings
from homebeat.settings.model import InForce
from homebeat.store import ReadSession, Store, open_store

_IN_CONSOLE: Final = "What lies beneath it holds. Change it on the page of rules (`/settings/rules`)"
_UPGRADE: Final = "Run `homebeat db upgrade`"
_DURABILITY: Final = "Set it back to the database's own default (docs/street-office.md)"
_BYPASSED: Final = (
    "the database's login is a superuser, or has BYPASSRLS: row-level security does not hold for it, and only homebeat's own "
    "filters keep people to their areas"
)
_AS_WHOM: Final = "Give homebeat a login of its own that owns its database and nothing else (docs/street-office.md)"
_log = logging.getLogger(__name__)


def check(force: InForce, candidate: Path | None = None, *, connect: bool = False) -> int:
    """Print everything; returns exit status 1 when something is wrong that must be corrected before serving.

    Args:
        force: What is in force.
        candidate: The file it was read from, when one was named: the command that compares it is printed.
        connect: Try the broker, the identity provider and the receivers of webhooks as well.
    """
    store = open_store(force.settings.store_url, force.settings.key_path, create=False)
    try:
        found = find(force, store)
        if connect:
            contacts, responders = _list_people(store)
            found = [*try_connections(force, contacts, responders=responders), *found]
        ledger, laid = _describe_ledger(store), _lay_console(force, store)
    finally:
        store.close()
    wrong = [finding for finding in found if finding.is_wrong]
    for finding in wrong:
        print(f"WRONG: {finding}")
    for finding in found:
        if not finding.is_wrong:
            print(f"note: {finding}")
    print()
    _list_settings(laid.force)
    if ledger:
        print(ledger)
    print(f"database in use: {name_database(force.settings)}")
    if candidate is not None:
        print(f"before these rules are switched on, see what they would have done: {_write_comparison_command(force, candidate)}")
    _print_summary(wrong)
    return 1 if wrong else 0


def find(force: InForce, store: Store) -> list[Finding]:
    """Find what settings, files and database show, faults before remarks. It changes nothing."""
    found = [
        *_check_database(force, store),
        *find_readable_by_others(force, store.path),
        *judge_settings(force),
        *judge_identity_provider(force.settings),
        *judge_accounts(force.settings.channels, force.settings.public_url),
        *judge_platforms(force.settings, make_egress_policy(force.settings)),
        *judge_checkpoint_file(force.settings),
        *judge_intake(force),
        *judge_codecs(force.settings),
        *judge_home_assistant(force.settings),
    ]
    if shortage := describe_shortage(force.settings, ROLES, raise_limit()):
        found.append(Finding(shortage, "Raise the limit of open files, or lower http.connections", is_wrong=False))
    return sorted(found, key=lambda finding: not finding.is_wrong)


def log_findings(force: InForce, store: Store) -> None:
    """Log at a start what is wrong. The service starts even so: a watch with a fault is better than none."""
    found = [
        *judge_settings(force),
        *judge_accounts(force.settings.channels, force.settings.public_url),
        *judge_platforms(force.settings, make_egress_policy(force.settings)),
        *find_readable_by_others(force, store.path),
        *judge_checkpoint_file(force.settings),
        *judge_intake(force),
        *judge_codecs(force.settings),
        *judge_home_assistant(force.settings),
    ]
    found += [Finding(text, _DURABILITY) for text in store.find_weaknesses()]
    with store.read(EVERYTHING) as reader:
        found += judge_access(reader.accounts.list_all(), reader.keys.list_all(), read_wall_ms())
    _log_wrong(found)


def log_contact_findings(force: InForce, store: Store) -> None:
    """Log after a start which contacts can never be reached. It opens what is sealed about each, so that nothing waits for it."""
    try:
        with store.read(EVERYTHING) as reader:
            found = judge_contacts(
                reader.fleet.iterate_contacts(),
                reader.duty.list_responders(),
                make_egress_policy(force.settings),
                find_absent_accounts(force.settings.channels),
            )
    except Unavailable as away:
        _log.warning("whether every contact can be reached was not looked at: %s", away)
    else:
        _log_wrong(found)


def _log_wrong(found: Iterable[Finding]) -> None:
    for finding in found:
        if finding.is_wrong:
            _log.warning("%s", finding)


def _check_database(force: InForce, store: Store) -> list[Finding]:
    if (missing := store.find_missing()) is not None:
        return [Finding(f"there is no database at {missing}", NAME_THE_DATABASE)]
    try:
        if fault := store.find_fault():
            return [Finding(fault, "Give it back to the user that homebeat runs as, writable")]
        store.ping()
        revision, wanted = store.read_revision(), store.find_newest_revision()
        if revision != wanted:
            return [Finding(f"the database is at revision {revision or 'none'}, this version needs {wanted}", _UPGRADE)]
        found = [Finding(text, _DURABILITY) for text in store.find_weaknesses()]
        if store.is_second_fence_bypassed():
            found.append(Finding(_BYPASSED, _AS_WHOM, is_wrong=False))
        store.check_key_file()
        if store.is_key_being_replaced:
            found.append(Finding("the key file is being replaced, or that was interrupted", "Run `homebeat db rekey`"))
        with store.read(EVERYTHING) as reader:
            return [*found, *_check_contents(force, reader)]
    except BadSettings as error:
        return [Finding(str(error), "No command that writes will start before that")]
    except HomebeatError as error:
        return [Finding(str(error), f"Is it up, and is {name_database(force.settings)} the right one")]


def _check_contents(force: InForce, reader: ReadSession) -> list[Finding]:
    found = []
    balance = reader.read_balance()
    if not balance.is_balanced:
        text = f"the ledger does not balance: {balance.missing} messages are accounted for nowhere"
        found.append(Finding(text, "Report it: this is a defect of homebeat"))
    fleet, policy, absent = reader.fleet.load(), make_egress_policy(force.settings), find_absent_accounts(force.settings.channels)
    stopped = {contact for _home, contact in reader.fleet.list_stopped()}
    found += judge_registry(force, fleet, policy, absent)
    accounts = list_cloud_accounts(force.settings.channels)
    laid = read_laid_over(reader, force)
    found += find_unreached(fleet, laid.force.book, make_usable_test(policy, absent, accounts, stopped))
    found += find_uncarried(fleet, laid.force.book, accounts)
    found += find_unwatched(reader.fleet.read_registry())
    found += judge_rotas(reader, read_wall_ms())
    found += judge_providers(reader, read_wall_ms())
    found += judge_certificates(reader, read_wall_ms())
    found += judge_audit_key(force.settings, reader)
    found += judge_chosen(force.settings, reader)
    found += [Finding(str(one), _IN_CONSOLE) for one in laid.left_out]
    found += judge_identities(reader.identities.list_all(), force.settings.oidc.issuer)
    return [*found, *judge_access(reader.accounts.list_all(), reader.keys.list_all(), read_wall_ms())]


def _list_people(store: Store) -> tuple[list[Contact], list[Responder]]:
    """List contacts and responders of the registry; none where it cannot be read, which is a finding of its own."""
    try:
        if store.find_missing() is not None or store.read_revision() != store.find_newest_revision():
            return [], []
        with store.read(EVERYTHING) as reader:
            return list(reader.fleet.iterate_contacts()), reader.duty.list_responders()
    except HomebeatError:
        return [], []


def _list_settings(force: InForce) -> None:
    lines = explain(force)
    width = max(len(line.key) for line in lines)
    for line in lines:
        print(f"{line.key:<{width}}  {line.value}  ({line.source})")


def _lay_console(force: InForce, store: Store) -> LaidOver:
    """Lay what is in force of the console over file and environment; where it cannot be read, which is a finding, these alone."""
    try:
        if store.find_missing() is not None or store.read_revision() != store.find_newest_revision():
            return LaidOver(force)
        with store.read(EVERYTHING) as reader:
            return read_laid_over(reader, force)
    except HomebeatError:
        return LaidOver(force)


def _describe_ledger(store: Store) -> str:
    try:
        if store.find_missing() is not None or store.read_revision() != store.find_newest_revision():
            return ""
        with store.read(EVERYTHING) as reader:
            balance = reader.read_balance()
    except HomebeatError:
        return ""
    return (
        f"ledger: {balance.delivered} delivered = {balance.accepted} accepted + {balance.duplicate} duplicate "
        f"+ {balance.quarantined} quarantined"
    )


def _print_summary(wrong: Sequence[Finding]) -> None:
    print()
    if not wrong:
        print("all well")
        return
    print(f"{len(wrong)} to mend:")
    for finding in wrong:
        print(f"  {finding.what}")


def _write_comparison_command(force: InForce, candidate: Path) -> str:
    """Write the command that compares a settings file with those in force on the last eight weeks."""
    areas = [f" --area {shlex.quote(area)}" for area in force.plan.areas]
    # of rules for one area, only that one changes
    only = areas[0] if len(areas) == 1 and not force.plan.everywhere else ""
    return f"homebeat backtest{only} --last P56D --settings {shlex.quote(str(candidate))}"
