"""Finds homes that a response plan cannot answer for: by name, and before the SOS finds out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from homebeat.actions.receivers import sort_staff
from homebeat.bootstrap.registry_findings import name_some
from homebeat.domain.contact_id import make_responder_contact
from homebeat.domain.fleet import Channel, Fleet, Household, Responder
from homebeat.domain.ids import AreaId, ContactId
from homebeat.domain.notice import Recipient
from homebeat.domain.responder import HomeResponder
from homebeat.domain.response_plan import USUAL_RULE, PlanBook
from homebeat.response.receivers import Receivers
from homebeat.settings.findings import Finding

#: By which plans are judged: that of a quiet home, and that of a call for help.
_RULES: Final = (USUAL_RULE, "sos")


def find_unreached(fleet: Fleet, book: PlanBook, is_usable: Callable[[ContactId, Channel], bool]) -> list[Finding]:
    """Find homes whose plan does not exist, whose last step reaches nobody, and where nobody ever gets a message.

    Args:
        fleet: As it stands, or is to be.
        book: The response plans.
        is_usable: Whether a message can leave over this channel of somebody, and they want any.
    """
    unknown, unreached, unnotified = [], [], []
    places, judged = _Places(fleet), dict[tuple[object, ...], tuple[str, bool]]()
    for home in fleet.households:
        if home.plan and home.plan not in book.plans:
            unknown.append(f"{home.id} ({home.plan})")
        family = _list_family(home, is_usable)
        # of a city's homes many are alike in all that this asks
        alike = home.area, home.plan, home.paired, frozenset(kind for _, kind, _ in family)
        if alike not in judged:
            judged[alike] = _judge(places.make_receivers(home, family, is_usable), book)
        plan, is_notified = judged[alike]
        if plan:
            unreached.append(f"{home.id} ({plan})")
        if not is_notified:
            unnotified.append(str(home.id))
    return list(_describe(unknown, unreached, unnotified))


def _judge(receivers: Receivers, book: PlanBook) -> tuple[str, bool]:
    """Find the name of a plan whose last step reaches nobody, "" for none; and whether anybody gets a message."""
    plans = (book.choose(rule, receivers.plan, receivers.path) for rule in _RULES)
    plan = next((plan.name for plan in plans if not plan.can_reach(receivers.has_anybody)), "")
    return plan, bool(receivers.family) or any(receivers.staff.values())


def _list_family(home: Household, is_usable: Callable[[ContactId, Channel], bool]) -> list[Recipient]:
    return [
        (contact.id, channel.kind, index)
        for contact in home.contacts
        if not contact.is_resident
        for index, channel in enumerate(contact.channels)
        if is_usable(contact.id, channel)
    ]


def _describe(unknown: list[str], unreached: list[str], unnotified: list[str]) -> Iterator[Finding]:
    if unknown:
        yield Finding(
            f"{len(unknown)} homes name a response plan that does not exist: {name_some(unknown)}",
            "The plan of their area holds for them meanwhile. Correct `plan` in the fleet file or on the page of the home, "
            "or make the plan in the settings or the console; homebeat plan list names them all",
        )
    if unreached:
        yield Finding(
            f"the last step of the response plan reaches nobody for {len(unreached)} homes: {name_some(unreached)}",
            "Give them a contact or a responder with a channel that works, or a plan that ends at the desk",
        )
    if unnotified:
        yield Finding(
            f"nobody gets a message about {len(unnotified)} homes, only the desk's page shows them: {name_some(unnotified)}",
            "Give them a contact or a responder with a channel, if the page is not watched day and night",
            is_wrong=False,
        )


class _Places:
    """Who answers where, by the fleet alone."""

    def __init__(self, fleet: Fleet) -> None:
        self._above = {area.id: area.parent for area in fleet.areas}
        self._responders = fleet.responders
        self._of_area: dict[AreaId, list[Responder]] = {}

    def make_receivers(
        self, home: Household, family: list[Recipient], is_usable: Callable[[ContactId, Channel], bool]
    ) -> Receivers:
        """Make who can be notified about a home, as `actions.receivers` loads it."""
        path = tuple(self._find_path(home.area))
        if home.area not in self._of_area:
            line = set(path)
            self._of_area[home.area] = [one for one in self._responders if not one.areas or line & set(one.areas)]
        staff = [_make_home_responder(one, home, is_usable) for one in self._of_area[home.area]]
        return Receivers(family, sort_staff(staff), home.plan, path)

    def _find_path(self, area: AreaId) -> Iterator[AreaId]:
        at: AreaId | None = area
        while at is not None:
            yield at
            at = self._above.get(at)


def _make_home_responder(one: Responder, home: Household, is_usable: Callable[[ContactId, Channel], bool]) -> HomeResponder:
    contact = make_responder_contact(one.id)
    ways = tuple((channel.kind, "") for channel in one.channels if is_usable(contact, channel))
    return HomeResponder(one.id, contact, one.kind, ways, one.id in home.paired, 0, one.account, one.language)
