"""`homebeat check`: what is in force, where each value comes from, and what is wrong."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final

from homebeat.bootstrap.descriptors import raise_limit, say_shortage
from homebeat.bootstrap.service import ROLES
from homebeat.domain.errors import HomebeatError
from homebeat.domain.fleet import DeviceKind, Fleet
from homebeat.domain.role import Operation, Role
from homebeat.settings.explain import concerns, explain
from homebeat.settings.model import InForce
from homebeat.store import Store, open_store

_FINE_LITRES: Final = 1.0


def check(force: InForce, candidate: Path | None = None) -> int:
    """Print everything; exit status 1 when something is wrong that has to be mended before serving.

    Args:
        force: What is in force.
        candidate: The file it was read from, when one was named: the command that compares it is printed.
    """
    lines = explain(force)
    width = max(len(line.key) for line in lines)
    for line in lines:
        print(f"{line.key:<{width}}  {line.value}  ({line.source})")
    wrong: list[str] = []
    notes = concerns(force)
    shortage = say_shortage(force.settings, ROLES, raise_limit())
    if shortage:
        notes.append(shortage)
    try:
        store = open_store(force.settings.store_url, create=False)
        try:
            store.ping()
            revision, wanted = store.revision(), store.newest_revision()
            if revision != wanted:
                wrong.append(
                    f"the database is at revision {revision or 'none'}, this version needs {wanted}: run `homebeat db upgrade`"
                )
            else:
                wrong += store.durability()
                wrong += _without_rights(store)
                with store.begin() as tx:
                    balance = tx.ledger.balance()
                    print(
                        f"ledger: {balance.delivered} delivered = {balance.accepted} accepted + {balance.duplicate} duplicate "
                        f"+ {balance.quarantined} quarantined"
                    )
                    if not balance.is_balanced:
                        wrong.append(f"the ledger does not balance: {balance.missing} messages are accounted for nowhere")
                    fleet = tx.fleet.load()
                    wrong += [
                        f"the settings have rules for area {a!r}, which is not in the fleet"
                        for a in force.plan.unknown_areas(area.id for area in fleet.areas)
                    ]
                    notes += _not_supported(fleet)
        finally:
            store.close()
    except HomebeatError as error:
        wrong.append(str(error))
    for text in notes:
        print(f"note: {text}")
    for text in wrong:
        print(f"WRONG: {text}")
    if candidate is not None:
        print(f"before these rules are switched on, see what they would have done: {_comparison(force, candidate)}")
    print("all well" if not wrong else f"{len(wrong)} to mend")
    return 1 if wrong else 0


def _without_rights(store: Store) -> list[str]:
    """Tokens whose role is none of ours: they are refused everything."""
    with store.read() as reader:
        tokens = reader.tokens.all()
    return [
        f"token {token.name!r} has the role {token.role!r}, which permits nothing: revoke it, and make one with the role "
        + ", ".join(Role)
        for token in tokens
        if token.revoked_at is None and not token.may(Operation.READ)
    ]


def _comparison(force: InForce, candidate: Path) -> str:
    """The command that compares a settings file with those in force on the last eight weeks."""
    areas = [f" --area {shlex.quote(area)}" for area in force.plan.areas]
    # of rules for one area, only that one changes
    only = areas[0] if len(areas) == 1 and not force.plan.everywhere else ""
    return f"homebeat backtest{only} --last P56D --settings {shlex.quote(str(candidate))}"


def _not_supported(fleet: Fleet) -> list[str]:
    """What rules cannot tell of some devices, however they are set."""
    coarse = [
        d.id
        for h in fleet.households
        for d in h.devices
        if d.kind is DeviceKind.WATER_METER and d.resolution_litres > _FINE_LITRES
    ]
    if not coarse:
        return []
    some = ", ".join(coarse[:3]) + (", ..." if len(coarse) > 3 else "")
    text = f"{len(coarse)} water meters count in steps of more than a litre ({some}): `water_running` cannot be supported there"
    return [f"{text} for leaks of less than a step an hour, and says unknown, not clear"]
