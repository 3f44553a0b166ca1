"""What the actions share that write one home: read it as the file has it, change that, judge it as an import would, write it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from homebeat.actions.perform import Record
from homebeat.actions.work import Work
from homebeat.domain.errors import BadHome, NotFound, StaleVersion
from homebeat.domain.fleet import Fleet, Household
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.domain.response_plan import PlanBook
from homebeat.domain.role import Operation
from homebeat.registry.home_fields import FieldRules, format_place, read_home
from homebeat.registry.home_tree import write_home
from homebeat.registry.signing_secrets import NewSecret, SecretFiller
from homebeat.registry.text import Place
from homebeat.store import HomeChange

#: A home as a table of the fleet file.
HomeTree = dict[str, Any]
#: Parts on which it depends whom a response plan reaches.
_REACHING: Final = frozenset({"area", "plan", "contacts", "paired"})


#: What it takes to undo a change, by the action that made it; anything else takes the right to manage homes.
_TAKES: Final[Mapping[str, Operation]] = {
    **dict.fromkeys(("change_contacts", "enter_absence", "end_absence"), Operation.KEEP_HOMES),
    **dict.fromkeys(("add_device", "retire_device"), Operation.FIT_DEVICES),
}


def find_home_operation(kind: str) -> Operation:
    """Find what it takes to undo a change, by the name of the action that made it."""
    return _TAKES.get(kind, Operation.MANAGE_HOMES)


def _find_nothing(_fleet: Fleet, _book: PlanBook) -> Sequence[str]:
    return ()


@dataclass(frozen=True, slots=True)
class HomeRules:
    """By what a home is judged: all that an import refuses is refused here too.

    Attributes:
        fields: The rules of each field.
        find_unreached: Says of a home, given with its areas and who answers there, and of the plans that hold, why its response
            plan reaches nobody.
        chance: Returns that many secret bytes, for signing secrets.
    """

    fields: FieldRules = field(default_factory=FieldRules)
    find_unreached: Callable[[Fleet, PlanBook], Sequence[str]] = _find_nothing
    chance: Callable[[int], bytes] = bytes


@dataclass(frozen=True, slots=True)
class WrittenHome:
    """What became of a home.

    Attributes:
        changed: The names of the parts that changed, as the fleet file has them; empty where nothing did.
        secrets: Signing secrets that were made; they are shown once.
        unsent: How many notices were waiting for contacts who are retired now.
    """

    household: HouseholdId
    version: int
    changed: tuple[str, ...]
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    secrets: tuple[NewSecret, ...] = ()
    unsent: int = 0


def change_home(
    work: Work,
    operation: Operation,
    household: HouseholdId,
    change: Callable[[HomeTree], None],
    rules: HomeRules,
    name: str,
    version: int | None = None,
) -> WrittenHome:
    """Change a home that is there.

    Args:
        work: Of the action.
        operation: What the principal must be permitted to do there.
        household: Which one.
        change: Changes its table in place.
        rules: By what it is judged.
        name: Of the action.
        version: The one that the change was decided on; None does not mind.

    Raises:
        NotFound: There is no such home where the principal may do this, or it is retired.
        StaleVersion: It has changed since `version`.
        BadHome: What it would be is refused; every fault is named.
    """
    standing = require_home(work, operation, household, version)
    tree = write_home(standing)
    before = write_home(standing)
    change(tree)
    if tree == before:
        mark = work.tx.fleet.find_mark(household)
        return WrittenHome(household, mark.version if mark else 0, (), before, before)
    return put_tree(work, operation, household, standing, tree, rules, name)


def require_home(work: Work, operation: Operation, household: HouseholdId, version: int | None = None) -> Household:
    """Load a home that is there; for errors see `change_home`."""
    mark = work.tx.fleet.find_mark(household)
    if mark is None or mark.retired_at is not None or not _may_reach(work, operation, mark.area):
        raise NotFound("there is no such household")
    check_version(mark.version, version)
    found = work.tx.fleet.load_home(household)
    if found is None:
        raise NotFound("there is no such household")
    return found


def check_version(now: int, seen: int | None) -> None:
    """Raises `StaleVersion` where a home has changed since it was seen."""
    if seen is not None and seen != now:
        raise StaleVersion(f"this home is at version {now} by now, not {seen}: look at it again")


def put_tree(
    work: Work,
    operation: Operation,
    household: HouseholdId,
    standing: Household | None,
    tree: Mapping[str, Any],
    rules: HomeRules,
    name: str,
    known: Mapping[str, Any] | None = None,
) -> WrittenHome:
    """Judge a home as a table of the file, and write it; for errors see `change_home`.

    Args:
        work: Of the action.
        operation: What the principal must be permitted to do in the home's area.
        household: Which one.
        standing: As it is; None where it is new, or retired.
        tree: As it is to be.
        rules: By what it is judged.
        name: Of the action.
        known: A table of the home that was accepted once; None for that of `standing`. What is as there is not judged again.
    """
    fleet = work.tx.fleet
    area = AreaId(str(tree.get("area") or ""))
    if not _may_reach(work, operation, area):
        raise BadHome([("area", "is not among your areas")])
    surroundings = fleet.load_surroundings(area)
    wanted = _read_changed(standing, {**tree, "id": household}, known, surroundings, rules.fields)
    contacts = standing.contacts if standing is not None else ()
    filled, made = SecretFiller(contacts, rules.chance).fill(Fleet((), (wanted,)))
    home = filled.households[0]
    before = None if standing is None else write_home(standing)
    after = write_home(home)
    changed = tuple(part for part in after.keys() | (before or {}).keys() if after.get(part) != (before or {}).get(part))
    if _REACHING & set(changed):
        _check_plan(home, surroundings, rules, work.setup.book, is_chosen="plan" in changed)
    written = WrittenHome(household, 0, tuple(sorted(changed)), before, after, tuple(made))
    return _write(work, home, written, name, "")


def _check_plan(home: Household, surroundings: Fleet, rules: HomeRules, book: PlanBook, *, is_chosen: bool) -> None:
    """Refuse a plan that does not exist, or that reaches nobody. One that is gone is in the way of nothing but choosing it."""
    if home.plan and home.plan not in book.plans:
        if is_chosen:
            raise BadHome([("plan", "names a response plan that does not exist")])
        home = replace(home, plan="")  # as the alerts do: the plan of the area holds
    if faults := rules.find_unreached(replace(surroundings, households=(home,)), book):
        raise BadHome([("contacts", fault) for fault in faults])


def retire_home(work: Work, household: HouseholdId, standing: Household, name: str, reason: str) -> WrittenHome:
    """Retire a home: it is no longer watched, and its history stays."""
    return _write(work, None, WrittenHome(household, 0, ("retired",), write_home(standing), None), name, reason)


def describe_home(written: WrittenHome) -> Record:
    """Say what the audit keeps: which parts changed, and of parts that are not personal what they were.

    The rest is sealed, with the changes of the home.
    """
    detail: dict[str, str | int | float | bool | None] = {"version": written.version, "changed": ", ".join(written.changed)}
    before, after = written.before or {}, written.after or {}
    for part in ("area", "plan", "timezone", "ask_first", "building"):
        if part in written.changed:
            detail |= {f"{part}_before": before.get(part), part: after.get(part)}
    return Record(f"household:{written.household}", detail)


def _write(work: Work, home: Household | None, wanted: WrittenHome, name: str, reason: str) -> WrittenHome:
    fleet, household, actor = work.tx.fleet, wanted.household, str(work.actor)
    done = fleet.put_home(household, home, actor, work.now)
    mark = fleet.find_mark(household)
    version = mark.version if mark is not None else 0
    if done:
        work.tx.home_changes.add(HomeChange(household, work.now, actor, name, version, reason, wanted.before, wanted.after))
    return replace(wanted, version=version, changed=wanted.changed if done else (), unsent=done.unsent)


def _read_changed(
    standing: Household | None, tree: Mapping[str, Any], known: Mapping[str, Any] | None, surroundings: Fleet, fields: FieldRules
) -> Household:
    """Read a home, and refuse what is wrong in what changes.

    What stays as it is may have been permitted once and be refused now, such as an address that the settings no longer let
    through: that must not be in the way of entering an absence, and is not lost.
    """
    wanted, faults = read_home(tree, surroundings, fields)
    before = {} if standing is None else write_home(standing)
    accepted = before if known is None else known
    _refuse([(place, text) for place, text in faults if not accepted or not _stays(place, tree, accepted)])
    if standing is None:
        return wanted
    kept: dict[str, Any] = {
        part: getattr(standing, part)
        for part in ("address", "access", "building", "plan", "position", "paired", "timezone", "ask_first")
        if tree.get(part) == before.get(part)
    }
    for part in ("residents", "contacts", "devices", "away"):
        there = list(zip(before[part], getattr(standing, part), strict=True))
        new = zip(tree.get(part) or (), getattr(wanted, part), strict=True)
        kept[part] = tuple(next((old for entry, old in there if entry == table), one) for table, one in new)
    return replace(wanted, **kept)


def _stays(place: Place, tree: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Whether what lies at a place of the table stays as it is: the part, an entry of it, or a channel of a contact."""
    part, *rest = map(str, place or ("",))
    value, old = tree.get(part), before.get(part)
    is_about = {"resident": "residents", "paired": "area"}.get(str(place[-1]) if place else "")
    if is_about is not None and tree.get(is_about) != before.get(is_about):
        return False  # what it is about does not stay
    if not (rest and rest[0].isdigit() and isinstance(value, list) and isinstance(old, list)):
        return bool(value == old)
    entry = value[int(rest[0])]
    if entry in old:
        return True
    is_channel = rest[1:2] == ["channels"] and len(rest) > 2
    return is_channel and any(entry["channels"][int(rest[2])] in one.get("channels", ()) for one in old)


def _refuse(faults: Sequence[tuple[Place, str]]) -> None:
    if faults:
        raise BadHome([(format_place(place), text) for place, text in faults])


def _may_reach(work: Work, operation: Operation, area: AreaId) -> bool:
    line = work.tx.fleet.find_line(area)
    return bool(line) and work.principal.find_scope(operation).reaches(line)
