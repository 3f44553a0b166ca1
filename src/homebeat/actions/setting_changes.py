"""What the actions share that change settings in the console: where somebody may, what must fit, and whether it takes two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from homebeat.actions.perform import Record
from homebeat.actions.permit import permit_everywhere
from homebeat.actions.same_person import is_same_person
from homebeat.actions.work import Work
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import BadSettings, Incomplete, NotAllowed, NotFound, NotPermitted, PlanInUse, StaleVersion
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Principal
from homebeat.domain.role import Operation
from homebeat.domain.setting_change import LONGEST_REASON, MOST_PLACES, PLANS, SettingChange, SettingState, needs_two
from homebeat.settings.console_changes import LaidOver, describe_difference, lay_over, try_change
from homebeat.settings.model import InForce
from homebeat.store import ReadSession, UnitOfWork


@dataclass(frozen=True, slots=True)
class WantedChange:
    """What somebody wants of one place.

    Attributes:
        area: With all below it; None for everywhere.
        newest: The number of the newest change of this place that they saw; 0 for none.
        tried: What a back-test said of it, in short; None where it was not tried.
    """

    area: AreaId | None
    subject: str
    after: Mapping[str, Any] | None
    newest: int
    reason: str
    tried: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class EnteredChange:
    """A change as it was entered or decided.

    Attributes:
        before: What held before, of the values that it changes, as one line of `name=value`.
        after: The same afterwards.
    """

    change: SettingChange
    before: str
    after: str


def enter_change(work: Work, operation: Operation, base: InForce, wanted: WantedChange) -> EnteredChange:
    """Enter a change: in force at once, or proposed where it takes two people.

    Raises:
        NotFound: The area lies outside of where they may do this.
        StaleVersion: Somebody has changed this place since.
        NotAllowed: A change of this place waits for a second person; or it takes two people, and who asks is a key.
        PlanInUse: It takes a plan away that homes name.
        BadSettings: It cannot be used.
        Incomplete: It changes nothing.
    """
    check_place(work, operation, wanted.area)
    require_unnamed(work, base, wanted.subject, wanted.after)
    changes = work.tx.setting_changes
    changes.take_turn()
    newest = changes.find_newest(wanted.area, wanted.subject)
    if wanted.newest != (newest.id if newest else 0):
        raise StaleVersion("somebody has changed this meanwhile: look at it again")
    if newest is not None and newest.state is SettingState.PROPOSED:
        raise NotAllowed("a change of this waits for a second person: it is decided or withdrawn first")
    standing = changes.find_in_force(wanted.area, wanted.subject)
    before = standing.after if standing else None
    if before == wanted.after:
        raise Incomplete("this changes nothing")
    if standing is None and len(changes.list_in_force()) >= MOST_PLACES:
        raise NotAllowed(f"the console sets {MOST_PLACES:,} places already: set it for an area above, or in the file")
    residents = changes.count_residents(wanted.area)
    if needs_two(residents) and work.actor.kind is not ActorKind.PERSON:
        raise NotAllowed("this takes two people, each with an account of their own: a key is nobody")
    state = SettingState.PROPOSED if needs_two(residents) else SettingState.IN_FORCE
    reason = tidy_words(wanted.reason)
    new = SettingChange(
        0, wanted.area, wanted.subject, before, wanted.after, state, residents, work.now, str(work.actor), reason, wanted.tried
    )
    entered = _compare(work.tx, base, new)
    return replace(entered, change=replace(new, id=changes.add(new)))


def find_for_decision(work: Work, operation: Operation, change_id: int) -> SettingChange:
    """Find a change that waits for a second person, in the areas where they may do this.

    Raises:
        NotFound: There is none.
        StaleVersion: It does not wait any more.
    """
    changes = work.tx.setting_changes
    changes.take_turn()
    found = changes.find(change_id)
    if found is None:
        raise NotFound("there is no such change")
    check_place(work, operation, found.area)
    if found.state is not SettingState.PROPOSED:
        raise StaleVersion("it does not wait any more: look at it again")
    return found


def require_another(work: Work, change: SettingChange) -> None:
    """Make sure that a second person acts, by an account of their own.

    Raises:
        NotPermitted: It is the person who made the change, or a key.
    """
    if work.actor.kind is not ActorKind.PERSON or is_same_person(work.tx.keys, str(work.actor), change.actor):
        raise NotPermitted("another person decides, with an account of their own")


def put_in_force(work: Work, base: InForce, change: SettingChange, word: str) -> EnteredChange:
    """Put a proposed change in force.

    Raises:
        StaleVersion: What it was made from has changed.
        PlanInUse: It takes a plan away that homes name.
        BadSettings: It cannot be used any more.
    """
    require_unnamed(work, base, change.subject, change.after)
    standing = work.tx.setting_changes.find_in_force(change.area, change.subject)
    if change.before != (standing.after if standing else None):
        raise StaleVersion("what it was made from has changed: it has to be proposed anew")
    compared = _compare(work.tx, base, change)
    return replace(compared, change=settle(work, change, SettingState.IN_FORCE, word))


def require_unnamed(work: Work, base: InForce, subject: str, after: Mapping[str, Any] | None) -> None:
    """Make sure that no home names a plan of the console that is to be taken away, by hand or by an undo.

    Raises:
        PlanInUse: Some do.
    """
    name = subject.removeprefix(PLANS)
    if after is None and subject.startswith(PLANS) and name not in base.book.plans:
        work.tx.setting_changes.take_turn()
        if homes := work.tx.fleet.count_homes_of_plan(name):
            raise PlanInUse(homes)


def settle(work: Work, change: SettingChange, state: SettingState, word: str) -> SettingChange:
    """Write what became of a proposed change."""
    said = tidy_words(word)
    work.tx.setting_changes.decide(change, state, str(work.actor), work.now, said)
    return replace(change, state=state, decided_at=work.now, decided_by=str(work.actor), word=said)


def check_place(work: Work, operation: Operation, area: AreaId | None) -> None:
    """Make sure that they may do this in the area.

    Raises:
        NotPermitted: It is about everywhere, and they may do it in some areas alone.
        NotFound: The area does not exist, or lies outside.
    """
    check_reach(work.tx, work.principal, operation, area)


def check_reach(reader: ReadSession | UnitOfWork, principal: Principal, operation: Operation, area: AreaId | None) -> None:
    """Make sure that somebody may do this in an area, or with None everywhere; raises as `check_place`."""
    if area is None:
        permit_everywhere(principal, operation)
        return
    line = reader.fleet.find_line(area)
    if not line or not principal.find_scope(operation).reaches(line):
        raise NotFound("there is no such area")


def tidy_words(text: str) -> str:
    """Tidy what somebody wrote: one line, bounded."""
    return " ".join(text.split())[:LONGEST_REASON]


def record_change(change: SettingChange, before: str = "", after: str = "") -> Record:
    """The record of an action on a change: which place, what it was before and after, and whom it concerns."""
    about = f"area:{change.area}" if change.area is not None else "settings"
    detail: dict[str, str | int | float | bool | None] = {"change": change.id, "subject": change.subject}
    detail |= {"before": before, "after": after} if before or after else {}
    return Record(about, detail | {"state": change.state.value, "residents": change.residents, "tried": bool(change.tried)})


def read_laid_over(reader: ReadSession | UnitOfWork, base: InForce, but: tuple[AreaId | None, str] | None = None) -> LaidOver:
    """Read what holds: the file with the console over it, as far as the scope reaches; `but`: without this area and subject."""
    changes = [one for one in reader.setting_changes.list_in_force() if (one.area, one.subject) != but]
    named = {*base.plan.areas, *base.book.areas, *(one.area for one in changes if one.area is not None)}
    return lay_over(base, changes, read_parents(reader, map(AreaId, named)))


def read_parents(reader: ReadSession | UnitOfWork, areas: Iterable[AreaId]) -> dict[AreaId, AreaId | None]:
    """Read which area is above each of these areas, and of those above them."""
    lines = reader.fleet.find_lines(areas)
    lines |= reader.fleet.find_lines({above for line in lines.values() for above in line} - lines.keys())
    # the nearest of those above has the longest way up itself
    return {area: max(line - {area}, key=lambda above: len(lines.get(above, ())), default=None) for area, line in lines.items()}


def _compare(tx: UnitOfWork, base: InForce, change: SettingChange) -> EnteredChange:
    """Compare what holds before and after a change, which has to be usable."""
    changes = tx.setting_changes.list_in_force()
    others = [one for one in changes if (one.area, one.subject) != (change.area, change.subject)]
    named = {*base.plan.areas, *base.book.areas, *(one.area for one in (*changes, change) if one.area is not None)}
    parents = read_parents(tx, map(AreaId, named))
    before = lay_over(base, changes, parents).force
    try:
        after = try_change(base, others, change, parents)
    except BadSettings:
        if change.after is not None:
            raise
        after = lay_over(base, others, parents).force
    return EnteredChange(change, *describe_difference(before, after, change, parents))
