"""`homebeat fleet`, `db`, `token`, `quarantine`: what operators do to the database."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np

from homebeat.bootstrap.parts import new_token
from homebeat.bootstrap.runtime import wall_ms
from homebeat.codecs.catalogue import CODECS
from homebeat.domain.errors import NotFound
from homebeat.domain.inbound import Message
from homebeat.ingest.fleet_file import Secrets, read_fleet_file
from homebeat.ingest.reading import Intake, Outcome, read
from homebeat.settings.model import InForce
from homebeat.store import Difference, FleetChange, Store
from homebeat.stream.roster import Roster
from homebeat.watch.enrolment import Enrolment, rulebook


def import_fleet(force: InForce, store: Store, file: Path, *, dry_run: bool) -> int:
    """Make the registry say what the file says, and say what changed.

    Raises:
        BadFleet: The file was refused whole.
    """
    wanted = read_fleet_file(file, CODECS)
    with store.read() as reader:
        known = reader.fleet.load()
    fleet, made = Secrets(known, secrets.token_bytes).fill(wanted)
    try:
        with store.begin() as tx:
            change = tx.fleet.apply(fleet, wall_ms())
            if dry_run:
                raise _OnlyAsked(change)  # noqa: TRY301 -- an error is how a transaction is given up
    except _OnlyAsked as asked:
        _say(asked.change)
        print("nothing was written: this was a dry run")
        return 0
    _say(change)
    for new in made:
        print(
            f"signing secret of {new.contact}, channel {new.channel_index}: {new.secret}  (shown once: give it to the receiver)"
        )
    for area in force.plan.unknown_areas(a.id for a in fleet.areas):
        print(f"note: the settings have rules for area {area!r}, which is not in the fleet", file=sys.stderr)
    return 0


class _OnlyAsked(Exception):
    """Rolls the transaction back; carries what it would have done."""

    def __init__(self, change: FleetChange) -> None:
        self.change = change
        super().__init__()


def _say(change: FleetChange) -> None:
    if not change:
        print("nothing to change")
    for kind in ("areas", "households", "residents", "contacts", "devices", "away"):
        for what, ids in _differences(getattr(change, kind)):
            shown = ", ".join(ids[:5]) + (f" and {len(ids) - 5} more" if len(ids) > 5 else "")
            print(f"{kind}: {len(ids)} {what}: {shown}")


def _differences(difference: Difference) -> Iterator[tuple[str, tuple[str, ...]]]:
    for what in ("added", "changed", "removed"):
        ids = getattr(difference, what)
        if ids:
            yield what, ids


def create_token(store: Store, name: str, role: str, lifetime: timedelta | None) -> int:
    """Make a token and show it once."""
    print(new_token(store, name, role, lifetime))
    print("shown once; send it as `Authorization: Bearer ...`, or paste it into the sign-in page", file=sys.stderr)
    return 0


def list_tokens(store: Store) -> int:
    """List tokens by name; secrets are not known."""
    now = wall_ms()
    with store.read() as reader:
        for token in reader.tokens.all():
            print(f"{token.name:<24}{token.role:<14}{'valid' if token.is_valid(now) else 'over'}")
    return 0


def revoke_token(store: Store, name: str) -> int:
    """Make a token open nothing from now on.

    Raises:
        NotFound: There is none of that name.
    """
    with store.begin() as tx:
        if not tx.tokens.revoke(name, wall_ms()):
            raise NotFound(f"there is no valid token named {name!r}")
    print(f"revoked {name}")
    return 0


def retry_quarantine(force: InForce, store: Store) -> int:
    """Drive what was set aside again: after a device was registered, a codec was mended, a limit was raised.

    Readings that can be used now are stored with their own event times. The watch takes them in within seconds, as arrived
    now: an SOS among them is told late, not never.
    """
    with store.read() as reader:
        fleet, numbers, revision = reader.fleet.load(), reader.fleet.device_nos(), reader.fleet.revision()
    enrolment = Enrolment.of(fleet, Roster().updated(fleet, wall_ms()), numbers, rulebook(force.plan, fleet), revision)
    after, used, tried, limits = 0, 0, 0, force.settings.limits.for_codecs()
    while True:
        with store.read() as reader:
            entries = reader.quarantine.unretried(after)
        if not entries:
            break
        for entry in entries:
            message = Message(entry.topic, entry.payload, entry.received_at)
            intake = read([message], enrolment.rows, enrolment.codecs, limits)
            after, tried = entry.id, tried + 1
            if intake.outcomes[0] is not Outcome.QUARANTINED:
                used += 1
                _store_late(store, entry.id, intake, enrolment)
    print(f"{tried} messages tried again, {used} could be used, {tried - used} stay in quarantine")
    return 0


def _store_late(store: Store, entry: int, intake: Intake, enrolment: Enrolment) -> None:
    """The log is in order of arrival, and this is when these readings arrive in it; their event times stay."""
    now = wall_ms()
    batch = replace(intake.batch, received_at=np.full(len(intake.batch), now))
    with store.begin() as tx:
        if tx.quarantine.retried(entry, now, intake.outcomes[0].name.lower()):
            appended = tx.readings.append(batch, enrolment.numbers)
            tx.extras.add(intake.extras)
            tx.ledger.add(readings_accepted=appended.accepted, readings_duplicate=len(batch) - appended.accepted)
