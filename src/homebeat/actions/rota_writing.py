"""What changing one rota in the console shares: whose it is, what it would leave open, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from homebeat.actions.leaves import cover_leaves, enter_replacements
from homebeat.actions.shift_notices import read_shifts, write_shift_news
from homebeat.actions.shifts import find_gaps_ahead
from homebeat.domain.errors import NotFound, NotPermitted, StaleVersion
from homebeat.domain.role import Operation, Relation
from homebeat.registry.rota_file import RotaRegistry

if TYPE_CHECKING:
    from homebeat.actions.work import Work
    from homebeat.domain.ids import AreaId, RotaId
    from homebeat.domain.rota import Gap, Rota
    from homebeat.store import RotaEntry

_HERE: Final = frozenset({Relation.IN_AREA})


@dataclass(frozen=True, slots=True)
class WrittenRota:
    """What came of it.

    Attributes:
        rota: As it holds, or would hold, with what was entered since and with replacements of whoever is on leave.
        gaps: Of the coming four weeks.
        is_written: False where it was only asked, or where there are gaps that nobody has accepted: then nothing was changed.
        version: Of the rota now.
    """

    rota: Rota
    gaps: tuple[Gap, ...]
    is_written: bool
    version: int


def make_registry(work: Work, area: AreaId) -> RotaRegistry:
    """Make what a rota of an area can name: responders of the principal's areas, and the calendars of the settings."""
    listed = work.tx.duty.list_kinds()
    calendars = {**work.tx.rotas.read_holidays(), **work.setup.calendars}
    return RotaRegistry({area: work.tx.fleet.find_line(area)}, {one.responder: one.areas for one in listed}, calendars)


def check_area(work: Work, area: AreaId) -> None:
    """Make sure that the principal arranges duty in an area.

    Raises:
        NotPermitted: They do not, or there is no such area.
    """
    line = work.tx.fleet.find_line(area)
    if not line or not work.principal.may_on(Operation.ARRANGE_DUTY, line, _HERE):
        raise NotPermitted("you do not arrange duty in this area")


def load_entry(work: Work, ident: RotaId, version: int) -> RotaEntry:
    """Load a rota that the principal may change, a retired one too.

    Raises:
        NotFound: There is none.
        NotPermitted: It is of another area.
        StaleVersion: Somebody has changed it since `version`.
    """
    entry = work.tx.rotas.find_entry(ident)
    if entry is None:
        raise NotFound(f"there is no rota {ident!r}")
    check_area(work, entry.rota.area)
    if entry.version != version:
        raise StaleVersion(f"this rota is at version {entry.version} by now, not {version}: look at it again")
    return entry


def write_rota_now(work: Work, rota: Rota, before: RotaEntry | None, *, accepts_gaps: bool, only_asked: bool) -> WrittenRota:
    """Write a rota with its shifts of the coming weeks, and to whoever's shifts change; or only say what it would leave open.

    Args:
        work: The action.
        rota: As the page or the file says it, without what was entered since.
        before: The rota of this id as it is, a retired one too; None where there is none.
        accepts_gaps: Whether it is written although nobody is on duty at times.
        only_asked: Nothing is written.
    """
    entered = work.tx.rotas.find_changes(work.now)
    whole = replace(rota, exceptions={**rota.exceptions, **entered.get(rota.id, {})})
    others = (one.rota for one in work.tx.rotas.list_rotas(since=work.now) if one.rota.id != rota.id)
    covered, replaced = cover_leaves(work, [*others, whole], entered)
    gaps = find_gaps_ahead(covered[rota.id], work.now, work.tx.duty.list_retired())
    if only_asked or (gaps and not accepts_gaps):
        return WrittenRota(covered[rota.id], gaps, is_written=False, version=before.version if before else 0)
    version = work.tx.rotas.put(rota, str(work.actor), work.now)
    mine = [one for one in replaced if one.shift.rota == rota.id]
    enter_replacements(work, mine)
    known = [rota.id] if before is not None and before.retired_at is None else []
    shifts = read_shifts(work, known)
    work.tx.rotas.refresh({rota.id: covered[rota.id]}, work.now)
    write_shift_news(work, known, shifts)
    return WrittenRota(covered[rota.id], gaps, is_written=True, version=version)


def retire_rota_now(work: Work, ident: RotaId) -> None:
    """Retire a rota: its shifts end now, and whoever had some is written to."""
    shifts = read_shifts(work, [ident])
    work.tx.rotas.retire(ident, str(work.actor), work.now)
    work.tx.rotas.refresh({ident: None}, work.now)
    write_shift_news(work, [ident], shifts)
