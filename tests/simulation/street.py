"""The street of the simulation: homes with families, and those who answer for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from homebeat.domain.fleet import Area, Channel, Contact, Device, DeviceKind, Fleet, Household, Resident, Responder, ResponderKind
from homebeat.domain.ids import AreaId, ContactId, DeviceId, HouseholdId, ResidentId, ResponderId

START: Final = 1_767_225_600_000  # 2026-01-01T00:00:00Z
#: One resident in each.
HOMES: Final = ("h1", "h2", "h3", "h4", "h5", "h6")
DESK: Final = ("chen", "lin")
_PLANS: Final = ("family_first", "both_at_once", "desk_only", "")
_REPORTS_EVERY: Final = timedelta(hours=2)
_PAIRED: Final = (("wang",), ("wang", "grid"), ())


def _webhook(name: str) -> tuple[Channel, ...]:
    return (Channel("webhook", {"url": f"https://{name}.example/hook"}),)


def _responder(name: str, kind: ResponderKind, ways: int = 1) -> Responder:
    channels = tuple(channel for way in range(ways) for channel in _webhook(f"{name}{way or ''}"))
    return Responder(ResponderId(name), name.title(), kind, (AreaId("lane"),), channels=channels, language="en")


def _home(number: int, name: str) -> Household:
    contacts = tuple(
        Contact(ContactId(f"{name}/{one}"), f"{one} of {name}", one, _webhook(f"{one}-{name}"), language="en")
        for one in ("son", "daughter")
    )
    return Household(
        HouseholdId(name),
        AreaId("lane"),
        "Asia/Shanghai",
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
        _responder("care-co", ResponderKind.PROVIDER, ways=2),
        _responder("zhou", ResponderKind.SUPERVISOR),
    )
    homes = tuple(_home(number, name) for number, name in enumerate(HOMES))
    return Fleet((Area(AreaId("lane"), "Lane"),), homes, staff)
