"""Finds messages that no channel of whoever should have them can carry, for want of a template: they would go to nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from homebeat.bootstrap.channel_accounts import carries
from homebeat.bootstrap.registry_findings import name_some
from homebeat.codecs.catalogue import can_ask
from homebeat.deliver.accounts import CloudAccount
from homebeat.deliver.message import RESOLVED_EVENT
from homebeat.domain.channel import SMS, VOICE
from homebeat.domain.contact_id import list_channels
from homebeat.domain.family_note import DAILY, WEEKLY
from homebeat.domain.fleet import Channel, Contact, Fleet, Household
from homebeat.domain.follow_up import FOLLOW_UP_EVENT, FollowUpCases
from homebeat.domain.ids import AreaId
from homebeat.domain.notice import ASK_EVENT
from homebeat.domain.response_plan import PlanBook
from homebeat.response.notify import OPENING
from homebeat.settings.findings import Finding

_TABLES: Final = "[channels.sms] (calls: [channels.voice])"


def find_uncarried(fleet: Fleet, book: PlanBook, accounts: Mapping[str, CloudAccount]) -> list[Finding]:
    """Find who gets no alert, no closing, no question, no note and no follow-up, because the template for it is not set.

    Args:
        fleet: Everybody, and what they want.
        book: Says where residents are asked, and where there are follow-ups.
        accounts: Those that can be used, by kind of channel. A channel without one is a finding of its own.
    """
    carriers = _Carriers(accounts)
    above = {area.id: area.parent for area in fleet.areas}
    contacts = [contact for home in fleet.households for contact in home.contacts]
    reached = list(list_channels((one for one in contacts if not one.is_resident), fleet.responders))
    alerts = [str(who) for who, ways in reached if carriers.find_bad(ways, OPENING)]
    unended = [str(who) for who, ways in reached if carriers.leave_out_end(list(ways))]
    unasked, unfollowed = [], []
    chosen: dict[tuple[str, AreaId], tuple[bool, bool]] = {}
    for home in fleet.households:
        if (home.plan, home.area) not in chosen:
            path = tuple(_find_path(home.area, above))
            has_follow_ups = book.choose_follow_up(path).cases is not FollowUpCases.NONE
            chosen[home.plan, home.area] = book.may_ask(home.plan, path), has_follow_ups
        may_ask, has_follow_ups = chosen[home.plan, home.area]
        asked = [] if any(map(can_ask, home.devices)) else _list_ways(home, is_resident=True)
        if may_ask and carriers.have_none(asked, ASK_EVENT):
            unasked.append(str(home.id))
        family = [way for way in _list_ways(home, is_resident=False) if way.kind != VOICE]
        if has_follow_ups and carriers.have_none(family, FOLLOW_UP_EVENT):
            unfollowed.append(str(home.id))
    unnoted = [str(one.id) for one in contacts if carriers.leave_out_note(one)]
    return [*_describe(alerts, unasked, unfollowed, unnoted), *_describe_unended(unended)]


def _describe_unended(unended: list[str]) -> Iterator[Finding]:
    if unended:
        yield Finding(
            f"{len(unended)} people are reached by text message alone, and do not hear that an alert is closed, because "
            f"template_closed is not set: {name_some(unended)}",
            "Set template_closed in [channels.sms], or give them another channel, also where their numbers are abroad",
            is_wrong=False,
        )


def _describe(alerts: list[str], unasked: list[str], unfollowed: list[str], unnoted: list[str]) -> Iterator[Finding]:
    if alerts:
        yield Finding(
            f"{len(alerts)} people have a number outside mainland China, and template_abroad is not set: {name_some(alerts)}",
            f"Set template_abroad in {_TABLES}, or give them another channel; no alert reaches these numbers meanwhile",
        )
    if unasked:
        yield Finding(
            f"the residents of {len(unasked)} homes are to be asked how they are, and no channel of theirs can carry it, because "
            f"template_ask is not set: {name_some(unasked)}",
            f"Set template_ask in {_TABLES}, give them another channel, or choose a plan that does not ask",
        )
    if unfollowed:
        yield Finding(
            f"the families of {len(unfollowed)} homes are reached by text message alone, which cannot carry a follow-up "
            f"(template_follow_up): {name_some(unfollowed)}",
            "Set template_follow_up in [channels.sms], or give them another channel, also where their numbers are abroad; "
            "meanwhile the desk asks them, from its list",
            is_wrong=False,
        )
    if unnoted:
        yield Finding(
            f"{len(unnoted)} contacts want to hear when nothing has happened, and their first channel that is no call cannot "
            f"carry it: {name_some(unnoted)}",
            "Give them another channel, or set template_daily and template_weekly in [channels.sms]",
            is_wrong=False,
        )


class _Carriers:
    """Which channel can carry what."""

    def __init__(self, accounts: Mapping[str, CloudAccount]) -> None:
        self._accounts = accounts

    def find_bad(self, ways: Iterable[Channel], event: str) -> list[Channel]:
        """Find those of the channels that cannot carry a message of this event."""
        return [way for way in ways if not carries(self._accounts, way, event)]

    def have_none(self, ways: list[Channel], event: str) -> bool:
        """Whether there are channels, and none of them can carry it."""
        return bool(ways) and len(self.find_bad(ways, event)) == len(ways)

    def leave_out_end(self, ways: list[Channel]) -> bool:
        """Whether somebody is reached by text message, and none of their channels can say that an alert is closed."""
        return any(way.kind == SMS for way in ways) and self.have_none(ways, RESOLVED_EVENT)

    def leave_out_note(self, contact: Contact) -> bool:
        """Whether somebody wants a note, and their first channel that is no call cannot carry it, or is not there."""
        wanted = [event for event, wants in ((DAILY, contact.wants_daily), (WEEKLY, contact.wants_weekly)) if wants]
        first = next((way for way in contact.channels if way.kind != VOICE), None)
        return any(first is None or not carries(self._accounts, first, event) for event in wanted)


def _list_ways(home: Household, *, is_resident: bool) -> list[Channel]:
    return [way for contact in home.contacts if contact.is_resident is is_resident for way in contact.channels]


def _find_path(area: AreaId, above: Mapping[AreaId, AreaId | None]) -> Iterator[AreaId]:
    at: AreaId | None = area
    while at is not None:
        yield at
        at = above.get(at)
