"""Loads who can be told about alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from homebeat.domain.alert import Subject
from homebeat.domain.fleet import ResponderKind
from homebeat.domain.ids import ResponderId
from homebeat.domain.notice import Recipient
from homebeat.domain.responder import HomeResponder
from homebeat.domain.response_plan import Party, PlanBook
from homebeat.response.receivers import Place, Receivers, get_place
from homebeat.response.standby import choose_providers
from homebeat.store import Duty, ReadSession, UnitOfWork

_PARTIES: Final[Mapping[ResponderKind, Party]] = {
    ResponderKind.DESK: Party.DESK,
    ResponderKind.PROVIDER: Party.PROVIDER,
    ResponderKind.SUPERVISOR: Party.SUPERVISOR,
}
_NOBODY: Final = frozenset[ResponderId]()
_AT_THE_DOOR: Final = frozenset({ResponderKind.FIELD, ResponderKind.VOLUNTEER})


def load_places(tx: UnitOfWork | ReadSession, subjects: Iterable[Subject]) -> dict[Place, Receivers]:
    """Load what the choice of a plan rests on for alerts of these subjects, and nobody who can be told: one read."""
    places = {get_place(subject) for subject in subjects}
    where = tx.fleet.find_places({home for home, _ in places if home is not None})
    found: dict[Place, Receivers] = {}
    for home, area in places:
        at = None if home is None else where.get(home)
        found[home, area] = Receivers() if at is None else Receivers(plan=at.plan, path=at.path, building=at.building)
    return found


def load_receivers(
    tx: UnitOfWork | ReadSession, subjects: Iterable[Subject], now: int, book: PlanBook, begun: Iterable[str] = ()
) -> dict[Place, Receivers]:
    """Load who can be told about alerts of these subjects, by place. It opens nothing that is sealed.

    How residents are asked is loaded only where a plan may ask them.

    Args:
        tx: Reads or writes.
        subjects: What the alerts are about.
        now: Epoch ms.
        book: Of what is chosen for them.
        begun: The names of plans that have begun: they go on whatever would be chosen now.
    """
    found = load_places(tx, subjects)
    homes = {home for home, _ in found if home is not None}
    asks_all = any(book.find(name).asks_resident for name in begun)
    # of all these homes few have a plan of their own
    asks = {of: asks_all or book.may_ask(*of) for of in {(one.plan, one.path) for one in found.values()}}
    asked = tx.fleet.find_own_ways(home for (home, _), one in found.items() if home is not None and asks[one.plan, one.path])
    family, responders = tx.fleet.find_recipients(homes), tx.duty.find_responders(homes)
    areas = {area for home, area in found if home is None}
    of_areas = tx.duty.find_area_responders(areas)
    own = {one.path[0] for one in found.values() if one.path} | {area for area in areas if area is not None}
    on_duty = {area: _list_on_duty(duty) for area, duty in tx.rotas.find_duty(own, now).items()}
    for (home, area), one in found.items():
        here = area if home is None else one.path[0] if one.path else None
        those = _NOBODY if here is None else on_duty.get(here, _NOBODY)
        if home is None:
            found[home, area] = _add_staff(one, of_areas[area], those, now)
        else:
            whole = replace(one, family=family.get(home, ()), resident=asked.get(home, ()))
            found[home, area] = _add_staff(whole, responders.get(home, ()), those, now)
    return found


def _add_staff(receivers: Receivers, responders: Sequence[HomeResponder], on_duty: frozenset[ResponderId], now: int) -> Receivers:
    """Add the staff of a place. Whoever stands in for a provider does so whatever the rota says."""
    chosen = choose_providers([one for one in responders if one.kind is ResponderKind.PROVIDER], now)
    others = [one for one in responders if one.kind is not ResponderKind.PROVIDER]
    unrelieved = frozenset(one.contact for one in chosen.notified if one.responder in chosen.unrelieved)
    return replace(receivers, staff=sort_staff([*others, *chosen.notified], on_duty), unrelieved=unrelieved)


def _list_on_duty(duty: Duty) -> frozenset[ResponderId]:
    return frozenset(shift.responder for shift in duty.now)


def sort_staff(
    responders: Sequence[HomeResponder], on_duty: frozenset[ResponderId] = frozenset()
) -> dict[Party, list[Recipient]]:
    """Sort responders by the party that they are told as; each with every channel.

    Of a kind of which somebody is on duty, it is those alone; of a kind of which nobody is, all of them. At the door are those
    who are paired with the home, whatever the rota says. Where nobody is, it is the grid workers. Who has no channel stands in
    nobody's way: the others are notified; only the desk has its page.
    """
    working = {one.kind for one in responders if one.responder in on_duty and (one.ways or one.kind is ResponderKind.DESK)}
    responders = [one for one in responders if one.is_paired or one.kind not in working or one.responder in on_duty]
    staff: dict[Party, list[Recipient]] = {}
    paired = [one for one in responders if one.is_paired and one.kind in _AT_THE_DOOR and one.ways]
    workers = paired or [one for one in responders if one.kind is ResponderKind.FIELD]
    notified = [(Party.WORKER, one) for one in workers]
    notified += [(_PARTIES[one.kind], one) for one in responders if one.kind in _PARTIES]
    for party, one in notified:
        staff.setdefault(party, []).extend((one.contact, kind, index) for index, (kind, _) in enumerate(one.ways))
    return staff
