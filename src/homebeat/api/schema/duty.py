"""Duty as the API shows it: shifts, rotas, leave, hand-overs."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from homebeat.api.times import Day, Instant, Moment, format_instant, format_or_none
from homebeat.domain.alert import Alert
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import RotaId
from homebeat.domain.leave import Replacement
from homebeat.domain.rota import Gap
from homebeat.store import HandOverEntry, LeaveEntry, RotaEntry, ShiftEntry

Name = Annotated[str, StringConstraints(min_length=1, max_length=64)]
WHO = "The id of a responder, as in the fleet file."
ACCOUNT = "The name of an account."


def _example(**fields: Any) -> ConfigDict:
    return ConfigDict(extra="forbid", json_schema_extra={"example": fields})


class ShiftItem(BaseModel):
    """A shift that somebody has."""

    rota: str
    area: str
    kind: ResponderKind
    day: date = Field(description="On which it begins, in the zone of its rota.")
    shift: str
    starts_at: Instant
    ends_at: Instant
    who: str = Field(description=WHO)
    account: str | None = Field(description="The name that they sign in with; null for none.")


class DutyItem(BaseModel):
    """Who is on duty for an area, by all rotas of it and of the areas above."""

    area: str
    at: Instant
    now: list[ShiftItem] = Field(description="Empty: nobody.")
    next: list[ShiftItem] = Field(description="The first that begins later, one of each rota.")


class GapItem(BaseModel):
    """A time at which nobody is on duty and somebody must be."""

    starts_at: Instant
    ends_at: Instant


class RotaItem(BaseModel):
    """A rota, with its gaps of the next four weeks."""

    rota: str
    area: str
    kind: ResponderKind
    timezone: str
    starts_on: date
    version: int = Field(description="Counts how often its pattern was set.")
    set_by: str
    set_at: Instant
    gaps: list[GapItem]


class ShiftNamed(BaseModel):
    """Which shift."""

    model_config = ConfigDict(extra="forbid")

    rota: Name
    day: Day = Field(description="On which it begins.")
    shift: Name = Field(description="Its name.")


class ShiftGiven(ShiftNamed):
    """Who takes a shift from now on."""

    model_config = _example(rota="heron-desk", day="2026-03-05", shift="day", who="li")

    who: Name | None = Field(description=f"{WHO} null: nobody.")


class GapsLeft(BaseModel):
    """What a change leaves open."""

    gaps: list[GapItem] = Field(description="Of the next four weeks, of this rota.")


class SwapWanted(BaseModel):
    """Two shifts; each goes to whoever has the other."""

    model_config = _example(
        first={"rota": "heron-desk", "day": "2026-03-05", "shift": "day"},
        second={"rota": "heron-desk", "day": "2026-03-06", "shift": "evening"},
    )

    first: ShiftNamed
    second: ShiftNamed


class SwapDone(BaseModel):
    """That it was done."""

    first: ShiftNamed
    second: ShiftNamed


class LeaveWanted(BaseModel):
    """That somebody does not work."""

    model_config = _example(who="wang", starts_at="2026-03-09T00:00:00+08:00", ends_at="2026-03-12T00:00:00+08:00")

    who: Name = Field(description=WHO)
    starts_at: Moment
    ends_at: Moment


class ReplacementItem(BaseModel):
    """That a shift goes to somebody else."""

    rota: str
    day: date
    shift: str
    starts_at: Instant
    ends_at: Instant
    who: str | None = Field(description=f"{WHO} null: nobody can take it.")


class LeaveTaken(BaseModel):
    """Who takes which shift."""

    replacements: list[ReplacementItem]


class LeaveItem(BaseModel):
    """A leave."""

    who: str = Field(description=WHO)
    starts_at: Instant
    ends_at: Instant
    entered_by: str
    entered_at: Instant


class HandOverWanted(BaseModel):
    """To whom the open alerts are offered."""

    model_config = _example(area="heron-street", accepting="li", leaving="wang")

    area: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    accepting: Name = Field(description=f"{ACCOUNT} Whoever has it, or a key that they made, accepts.")
    leaving: Name | None = Field(default=None, description=f"{ACCOUNT} Left out: the caller's own alerts.")


class HandOverItem(BaseModel):
    """That the open alerts of somebody are offered to somebody else."""

    id: int
    area: str
    leaving: str
    accepting: str
    offered_by: str
    offered_at: Instant
    accepted_at: Instant | None = Field(description="null: not accepted.")
    moved: int | None = Field(description="How many alerts changed hands; null before.")


class HandOverAlerts(BaseModel):
    """A hand-over with its alerts, as they are now."""

    hand_over: HandOverItem
    alerts: list[str] = Field(description="Ids of the open alerts, oldest first.")


class FeedWanted(BaseModel):
    """Whose shifts."""

    model_config = _example(who="wang")

    who: Name = Field(description=WHO)


class FeedMade(BaseModel):
    """A secret address of shifts, for a calendar (iCalendar)."""

    feed: str = Field(description="The public part of the address: to end it.")
    address: str | None = Field(description="Shown once. Whoever knows it sees these shifts without signing in.")


class FeedItem(BaseModel):
    """A secret address of shifts."""

    feed: str
    who: str = Field(description=WHO)
    made_by: str
    made_at: Instant


def make_shift_item(entry: ShiftEntry) -> ShiftItem:
    """Make the item of a shift."""
    return ShiftItem(
        rota=entry.rota,
        area=entry.area,
        kind=entry.kind,
        day=entry.day,
        shift=entry.name,
        starts_at=format_instant(entry.starts_at),
        ends_at=format_instant(entry.ends_at),
        who=entry.responder,
        account=entry.account or None,
    )


def make_gap_items(gaps: Iterable[Gap]) -> list[GapItem]:
    """Make the items of gaps."""
    return [GapItem(starts_at=format_instant(gap.starts_at), ends_at=format_instant(gap.ends_at)) for gap in gaps]


def make_rota_item(entry: RotaEntry, gaps: Iterable[Gap]) -> RotaItem:
    """Make the item of a rota."""
    rota = entry.rota
    return RotaItem(
        rota=rota.id,
        area=rota.area,
        kind=rota.kind,
        timezone=rota.timezone,
        starts_on=rota.starts_on,
        version=entry.version,
        set_by=entry.set_by,
        set_at=format_instant(entry.set_at),
        gaps=make_gap_items(gaps),
    )


def make_replacement_item(each: Replacement) -> ReplacementItem:
    """Make the item of a replacement."""
    shift = each.shift
    return ReplacementItem(
        rota=shift.rota,
        day=shift.day,
        shift=shift.name,
        starts_at=format_instant(shift.starts_at),
        ends_at=format_instant(shift.ends_at),
        who=each.who,
    )


def make_leave_item(entry: LeaveEntry) -> LeaveItem:
    """Make the item of a leave."""
    return LeaveItem(
        who=entry.leave.who,
        starts_at=format_instant(entry.leave.starts_at),
        ends_at=format_instant(entry.leave.ends_at),
        entered_by=entry.actor,
        entered_at=format_instant(entry.at),
    )


def make_hand_over_item(entry: HandOverEntry) -> HandOverItem:
    """Make the item of a hand-over."""
    return HandOverItem(
        id=entry.id,
        area=entry.area,
        leaving=entry.leaving,
        accepting=entry.accepting,
        offered_by=entry.offered_by,
        offered_at=format_instant(entry.offered_at),
        accepted_at=format_or_none(entry.accepted_at),
        moved=entry.moved,
    )


def make_hand_over_alerts(entry: HandOverEntry, alerts: Iterable[Alert]) -> HandOverAlerts:
    """Make the item of a hand-over with its alerts."""
    return HandOverAlerts(hand_over=make_hand_over_item(entry), alerts=[alert.id for alert in alerts])


def find_rota_id(named: ShiftNamed) -> RotaId:
    """Find the id of the rota that a body names."""
    return RotaId(named.rota)
