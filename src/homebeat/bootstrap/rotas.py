"""`homebeat rota`: set the rotas from a file, show who is on duty, and find what is wrong with them."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from homebeat.actions import SetRotas, perform_in
from homebeat.actions.set_rotas import RotasSet
from homebeat.actions.shifts import GAPS_MS, find_gaps_ahead
from homebeat.bootstrap.registry_findings import name_some
from homebeat.domain.durations import DAY_MS
from homebeat.domain.errors import Incomplete, NotFound
from homebeat.domain.ids import AreaId, ResponderId, RotaId
from homebeat.domain.principal import make_command
from homebeat.domain.rota import Gap, Holidays, Rota, find_missing_years
from homebeat.domain.scope import EVERYTHING
from homebeat.registry.rota_file import read_rota_file
from homebeat.settings.findings import Finding
from homebeat.store import ReadSession, RotaQueries, Store, TableChange

#: So long before a year begins whose holidays are not known, that is said.
HOLIDAYS_AHEAD_MS: Final = 30 * DAY_MS
_MOST_GAPS: Final = 10


class _OnlyAsked(Exception):
    """Rolls the transaction back; carries what it would have done."""

    def __init__(self, result: RotasSet) -> None:
        self.result = result
        super().__init__()


def import_rotas(
    store: Store, file: Path, calendars: Mapping[str, Holidays], *, dry_run: bool, accepts_gaps: bool, take_back: bool = False
) -> int:
    """Make the rotas say what a rota file says, and print what changed and which gaps they leave.

    Rotas that the console keeps stay as they are; with `take_back` the file keeps all of them again.

    Returns:
        1 where there are gaps that were not accepted: then nothing was written.

    Raises:
        BadFleet: The file cannot be used; nothing was changed.
    """
    with store.read(EVERYTHING) as reader:
        fleet = reader.fleet.load()
    wanted = read_rota_file(file, fleet, calendars)
    action = SetRotas(wanted, calendars, accepts_gaps=accepts_gaps or dry_run, take_back=take_back)
    rotas, now = {rota.id: rota for rota in wanted}, store.read_now()
    try:
        with store.begin() as tx:
            result = perform_in(tx, make_command(getpass.getuser()), action, now)
            if dry_run:
                raise _OnlyAsked(result)  # noqa: TRY301 -- an error is how a transaction is given up
    except _OnlyAsked as asked:
        result = asked.result
    _print_gaps(rotas, result.gaps)
    _print_years(wanted, now)
    if not result.is_written:
        print("nothing was written: close the gaps, or accept them with --yes", file=sys.stderr)
        return 1
    _print_change(result.change)
    if result.kept:
        print(f"rotas: {len(result.kept)} kept in the console, left as they are (--take-back): {name_some(sorted(result.kept))}")
    if dry_run:
        print("nothing was written: this was a dry run")
    return 0


def show_rotas(store: Store, area: str | None, at: str | None, days: int) -> int:
    """Print who is on duty, who is next, and the shifts of the coming days.

    Raises:
        Incomplete: `at` is not a time.
        NotFound: There is no such area.
    """
    with store.read(EVERYTHING) as reader:
        if area is not None and all(one.id != area for one in reader.fleet.load().areas):
            raise NotFound(f"there is no area {area!r}: write an id of `areas` in the fleet file")
        entries = [entry.rota for entry in reader.rotas.list_rotas()]
        zones = {rota.id: rota.zone for rota in entries}
        names = {one.id: one.name for one in reader.duty.list_responders()}
        now = _parse_at(at, entries) if at else store.read_now()
        areas = [AreaId(area)] if area else sorted({rota.area for rota in entries})
        duty = reader.rotas.find_duty(areas, now)
        shown = {shift.rota for each in duty.values() for shift in (*each.now, *each.next)} if area else set(zones)
        shifts = [one for one in reader.rotas.list_shifts(now, now + days * DAY_MS) if one.rota in shown]
    if not entries:
        print("there is no rota: homebeat rota import FILE")
    for each in areas:
        on_duty = duty[each]
        print(f"{each}: " + ("nobody is on duty" if not on_duty.now else "on duty:"))
        for word, some in (("now ", on_duty.now), ("next", on_duty.next)):
            for one in some:
                span = _write_span(one.starts_at, one.ends_at, zones[one.rota])
                print(f"  {word} {one.responder} ({names.get(one.responder, '')}), {one.kind}, {span}, {one.rota} {one.name}")
    if days and shifts:
        print(f"shifts of the next {days} days:")
        for one in shifts:
            print(f"  {_write_span(one.starts_at, one.ends_at, zones[one.rota])}  {one.rota} {one.name}  {one.responder}")
    return 0


def check_rotas(store: Store) -> int:
    """Print the gaps of the coming four weeks, and years whose holidays are not known; returns 1 where there is one."""
    now = store.read_now()
    with store.read(EVERYTHING) as reader:
        rotas = {entry.rota.id: entry.rota for entry in reader.rotas.list_rotas(since=now)}
        gaps = find_all_gaps(reader.rotas, reader.duty.list_retired(), now)
    _print_gaps(rotas, gaps)
    missing = _print_years(rotas.values(), now)
    if not gaps and not missing:
        print(f"{len(rotas)} rotas, no gap in the next {GAPS_MS // DAY_MS} days")
    return 1 if gaps or missing else 0


def find_all_gaps(rotas: RotaQueries, retired: Collection[ResponderId], now: int) -> dict[RotaId, tuple[Gap, ...]]:
    """Find the gaps of the coming four weeks of every rota that has some."""
    known = (entry.rota for entry in rotas.list_rotas(since=now))
    return {rota.id: found for rota in known if (found := find_gaps_ahead(rota, now, retired))}


def find_vacant(rotas: RotaQueries, retired: Collection[ResponderId], now: int) -> list[Finding]:
    """Find the rotas in which somebody is missing."""
    gaps = find_all_gaps(rotas, retired, now)
    if not gaps:
        return []
    text = f"{len(gaps)} rotas leave times of the next {GAPS_MS // DAY_MS} days without anybody: {name_some(sorted(gaps))}"
    return [Finding(text, "`homebeat rota check` says when; give the shifts to somebody", is_wrong=False)]


def judge_rotas(reader: ReadSession, now: int) -> list[Finding]:
    """Find rotas in which somebody is missing, and years whose holidays are not known. `now` is epoch ms."""
    rotas = (entry.rota for entry in reader.rotas.list_rotas(since=now))
    years = sorted({year for rota in rotas for year in find_missing_years(rota, now, now + HOLIDAYS_AHEAD_MS)})
    return find_vacant(reader.rotas, reader.duty.list_retired(), now) + [
        Finding(
            f"the holidays of {year} are not known: every weekday of it is an ordinary one for the rotas",
            "Add them to the settings, [[holidays.NAME]], and name that calendar in the rota (docs/duty.md)",
            is_wrong=False,
        )
        for year in years
    ]


def _print_change(change: TableChange) -> None:
    if not change:
        print("nothing to change")
    for what in ("added", "changed", "removed"):
        if ids := getattr(change, what):
            print(f"rotas: {len(ids)} {what}: {', '.join(ids[:5])}" + (f" and {len(ids) - 5} more" if len(ids) > 5 else ""))


def _print_gaps(rotas: Mapping[RotaId, Rota], gaps: Mapping[RotaId, tuple[Gap, ...]]) -> None:
    for ident, found in gaps.items():
        rota = rotas[ident]
        for gap in found[:_MOST_GAPS]:
            span = _write_span(gap.starts_at, gap.ends_at, rota.zone)
            print(f"GAP: area {rota.area}, rota {ident} ({rota.kind}): nobody is on duty {span}")
        if len(found) > _MOST_GAPS:
            print(f"GAP: area {rota.area}, rota {ident} ({rota.kind}): and {len(found) - _MOST_GAPS} more")


def _print_years(rotas: Iterable[Rota], now: int) -> bool:
    years = sorted({year for rota in rotas for year in find_missing_years(rota, now, now + HOLIDAYS_AHEAD_MS)})
    for year in years:
        print(f"note: the holidays of {year} are not in the settings: every weekday of it is an ordinary one", file=sys.stderr)
    return bool(years)


def _write_span(starts_at: int, ends_at: int, zone: ZoneInfo) -> str:
    starts, ends = (datetime.fromtimestamp(at / 1000, zone) for at in (starts_at, ends_at))
    form = "%H:%M" if starts.date() == ends.date() else "%a %Y-%m-%d %H:%M"
    return f"{starts:%a %Y-%m-%d %H:%M} to {ends.strftime(form)}"


def _parse_at(text: str, rotas: list[Rota]) -> int:
    """Read a time; without an offset it is in the zone of the first rota."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Incomplete(f"{text!r} is not a time; write 2026-03-01T08:00") from None
    zone = rotas[0].zone if rotas else UTC
    return round((found if found.tzinfo else found.replace(tzinfo=zone)).timestamp() * 1000)
