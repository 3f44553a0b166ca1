"""Reads the form of a rota into a table of the rota file, and makes the rows of the form from such a table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from homebeat.domain.rota import DutyDay
from homebeat.wording import Wording
from homebeat.wording.catalogue import msg
from homebeat.wording.field_faults import explain_fault

#: No form is read further than this.
MOST_SHIFTS: Final = 60
MOST_HOURS: Final = 20
MOST_TURNS: Final = 12
#: Empty rows behind those that are there.
_SPARE: Final = 2
DAYS: Final[Mapping[str, str]] = {
    DutyDay.MON: msg("Mon"),
    DutyDay.TUE: msg("Tue"),
    DutyDay.WED: msg("Wed"),
    DutyDay.THU: msg("Thu"),
    DutyDay.FRI: msg("Fri"),
    DutyDay.SAT: msg("Sat"),
    DutyDay.SUN: msg("Sun"),
    DutyDay.WORKDAY: msg("workdays"),
    DutyDay.REST_DAY: msg("rest days"),
}


@dataclass(frozen=True, slots=True)
class DayBox:
    """A box of one kind of day."""

    name: str
    label: str
    is_on: bool


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Hours of some days, or a shift of them.

    Attributes:
        at: What the names of its fields begin with, such as `shifts[0]`.
        who: Who takes it in turn; with empty places behind them. None for hours that are no shift.
        faults: What is wrong with it.
    """

    at: str
    name: str
    days: Sequence[DayBox]
    starts: str
    ends: str
    who: Sequence[str] | None
    faults: Sequence[str]


def read_rota_form(typed: Mapping[str, str], standing: Mapping[str, Any]) -> dict[str, Any]:
    """Read what a form says, as a table of the rota file; rows in which nothing stands are left out.

    Args:
        typed: The fields of the form.
        standing: The table of the rota as it is; its exceptions stay where their shifts do. Empty for a new one.
    """
    names = ("area", "kind", "timezone", "from", "holidays")
    tree: dict[str, Any] = {name: text for name in names if (text := typed.get(name, "").strip())}
    if standing:
        tree["id"] = standing["id"]
    tree["hours"] = _read_rows(typed, "hours", MOST_HOURS)
    shifts = _read_rows(typed, "shifts", MOST_SHIFTS)
    for shift in shifts:
        at = shift.pop("at")
        turns = (typed.get(f"{at}.who[{turn}]", "").strip() for turn in range(MOST_TURNS))
        shift |= {"name": typed.get(f"{at}.name", "").strip(), "who": [one for one in turns if one]}
    tree["shifts"] = shifts
    for hours in tree["hours"]:
        hours.pop("at")
    kept = {one["name"] for one in shifts}
    tree["exceptions"] = [one for one in standing.get("exceptions", ()) if one["shift"] in kept]
    return tree


def make_rows(tree: Mapping[str, Any], part: str, faults: Sequence[tuple[str, str]], words: Wording) -> list[HoursRow]:
    """Make the rows of shifts or of hours, with empty ones behind them."""
    rows = [*tree.get(part, ()), *([{}] * _SPARE)]
    return [_make_row(one, part, index, faults, words) for index, one in enumerate(rows)]


def list_faults(faults: Sequence[tuple[str, str]], field: str, words: Wording) -> str:
    """List what is wrong with one field, or with a row and all in it."""
    found = [text for place, text in faults if place == field or place.startswith((f"{field}.", f"{field}["))]
    return "; ".join(dict.fromkeys(explain_fault(text, words) for text in found))


def _read_rows(typed: Mapping[str, str], part: str, most: int) -> list[dict[str, Any]]:
    found = {int(hit[1]) for name in typed if (hit := re.match(rf"{part}\[(\d{{1,3}})\]\.", name))}
    rows = []
    for index in sorted(found)[:most]:
        at = f"{part}[{index}]"
        filled = [name for name in ("name", "from", "to", "who[0]") if typed.get(f"{at}.{name}", "").strip()]
        if filled:
            days = [day.value for day in DutyDay if f"{at}.days.{day}" in typed]
            rows.append({"at": at, "days": days, **{name: typed.get(f"{at}.{name}", "").strip() for name in ("from", "to")}})
    return rows


def _make_row(one: Mapping[str, Any], part: str, index: int, faults: Sequence[tuple[str, str]], words: Wording) -> HoursRow:
    at = f"{part}[{index}]"
    who = None
    if part == "shifts":
        turns = list(one.get("who", ()))
        who = [*turns, *[""] * max(1, min(MOST_TURNS, max(2, len(turns) + 1)) - len(turns))][:MOST_TURNS]
    wrong = [
        f"{label}: {says}" if label else says
        for field, label in _LABELS.items()
        if (says := list_faults(faults, f"{at}.{field}", words))
        for label in [words.text(label)]
    ]
    return HoursRow(
        at,
        str(one.get("name", "")),
        [DayBox(f"{at}.days.{day}", words.text(label), day in one.get("days", ())) for day, label in DAYS.items()],
        str(one.get("from", "")),
        str(one.get("to", "")),
        who,
        wrong,
    )


_LABELS: Final[Mapping[str, str]] = {
    "name": msg("Name"),
    "days": msg("Days"),
    "from": msg("From"),
    "to": msg("Until"),
    "who": msg("Who"),
}
