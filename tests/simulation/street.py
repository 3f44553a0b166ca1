"""The street of the simulation: homes with families, and those who answer for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from homebeat.domain.contract import Contract
from homebeat.domain.durations import DAY_MS, HOUR_MS, MINUTE_MS
from homebeat.domain.fleet import Area, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId, RotaId
from homebeat.domain.quiet_hours import QuietHours
from homebeat.domain.rota import EVERY_DAY, DutyHours, Rota, ShiftPattern

ZONE: Final = "Asia/Shanghai"
START: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
LANE: Final = AreaId("lane")
#: One resident in each.
HOMES: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
#: The first has the days, the other one the nights.
DESK: Final = ("chen", "lin")
#: Who is contracted, and who stands in; of four visits and more, not more than one in four may fail.
PROVIDER: Final = "care-co"
RELIEF: Final = "relief-co"
_TERMS: Final = Contract(
    (ResponderId(RELIEF),), failed_share=0.25, least_visits=4, trial_visits=2, trial_after=timedelta(hours=14)
)
#: The wall clock of the street is so far ahead of UTC; it is never changed.
ZONE_MS: Final = 8 * HOUR_MS
FIRST_DAY: Final = date(2026, 1, 1)
#: When what can wait is not sent to them: minutes after midnight, from and to.
QUIET: Final[Mapping[str, tuple[int, int]]] = {
    **{f"{home}/son": (20 * 60, 10 * 60 + 30) for home in HOMES},
    "/lin": (21 * 60, 6 * 60),
    "/zhou": (22 * 60, 7 * 60),
}
_PLANS: Final = ("family_first", "both_at_once", "desk_only", "")
_REPORTS_EVERY: Final = timedelta(hours=2)
_PAIRED: Final = (("wang",), ("wang", "grid"), ())


def _webhook(name: str) -> tuple[Channel, ...]:
    return (Channel("webhook", {"url": f"https://{name}.example/hook"}),)


def _quiet_hours(contact: str) -> QuietHours | None:
    return QuietHours(*QUIET[contact]) if contact in QUIET else None


def find_quiet_end(contact: str, at: int) -> int | None:
    """Find when the quiet hours of somebody end in which `at` lies, epoch ms; None where it lies in none."""
    if contact not in QUIET:
        return None
    starts, ends = (minutes * MINUTE_MS for minutes in QUIET[contact])
    midnight, into = at - (at + ZONE_MS) % DAY_MS, (at + ZONE_MS) % DAY_MS
    if ends <= into < starts:
        return None
    return midnight + ends + (DAY_MS if into >= starts else 0)


def _responder(name: str, kind: ResponderKind, ways: int = 1, contract: Contract | None = None) -> Responder:
    channels = tuple(channel for way in range(ways) for channel in _webhook(f"{name}{way or ''}"))
    return Responder(
        *(ResponderId(name), name.title(), kind, (LANE,)),
        channels=channels,
        language="en",
        account=name if name in DESK else "",
        contract=contract,
        quiet_hours=_quiet_hours(f"/{name}"),
    )


def _home(number: int, name: str) -> Household:
    contacts = tuple(
        Contact(
            *(ContactId(f"{name}/{one}"), f"{one} of {name}", one, _webhook(f"{one}-{name}")),
            language="en",
            quiet_hours=_quiet_hours(f"{name}/{one}"),
        )
        for one in ("son", "daughter")
    )
    return Household(
        HouseholdId(name),
        LANE,
        ZONE,
        address_of(name),
        (Resident(ResidentId(f"{name}-r"), name_of(name), 1940),),
        contacts,
        (
            Device(DeviceId(f"{name}-meter"), DeviceKind.WATER_METER, reports_every=_REPORTS_EVERY),
            Device(DeviceId(f"{name}-band"), DeviceKind.WRISTBAND, ResidentId(f"{name}-r"), reports_every=_REPORTS_EVERY),
        ),
        paired=tuple(map(ResponderId, _PAIRED[number % len(_PAIRED)])),
        plan=_PLANS[number % len(_PLANS)],
    )


def address_of(home: str) -> str:
    return f"{home} Simulated Lane"


def name_of(home: str) -> str:
    return f"Resident of {home}"


def make_street() -> Fleet:
    staff = (
        _responder("wang", ResponderKind.VOLUNTEER),
        _responder("grid", ResponderKind.FIELD),
        _responder(PROVIDER, ResponderKind.PROVIDER, ways=2, contract=_TERMS),
        _responder(RELIEF, ResponderKind.PROVIDER),
        _responder("zhou", ResponderKind.SUPERVISOR, ways=2),
        *(_responder(name, ResponderKind.DESK) for name in DESK),
    )
    homes = tuple(_home(number, name) for number, name in enumerate(HOMES))
    return Fleet((Area(LANE, "Lane"),), homes, staff)


def make_rota() -> Rota:
    """Who sits at the desk: the shifts change at 08:00 and at 20:00."""
    day, night = DutyHours(EVERY_DAY, 8 * 60, 20 * 60), DutyHours(EVERY_DAY, 20 * 60, 8 * 60)
    by_day, by_night = (ResponderId(name) for name in DESK)
    shifts = (ShiftPattern("day", day, (by_day,)), ShiftPattern("night", night, (by_night,)))
    return Rota(RotaId("lane-desk"), LANE, ResponderKind.DESK, ZONE, FIRST_DAY, shifts)
