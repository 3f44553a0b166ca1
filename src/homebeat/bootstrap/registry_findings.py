"""Finds what can never work for the people in the registry, or is too open, before it is needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from homebeat.bootstrap.channel_accounts import carries
from homebeat.deliver.accounts import CloudAccount
from homebeat.domain.channel import ChannelNeed, get_called_address, is_provable, list_needs
from homebeat.domain.contact_id import list_channels
from homebeat.domain.fleet import Channel, Contact, DeviceKind, Fleet, Responder
from homebeat.domain.ids import ContactId
from homebeat.domain.principal import Grant
from homebeat.domain.role import Field, Operation, Role, When
from homebeat.egress.policy import EgressPolicy
from homebeat.response.notify import OPENING
from homebeat.settings.findings import Finding
from homebeat.settings.model import InForce
from homebeat.store import Account, ApiKey
from homebeat.stream.batch import FAR
from homebeat.stream.registry import Registry
from homebeat.stream.roster import Roster

_FINE_LITRES: Final = 1.0
_NAMED: Final = 3


def judge_registry(force: InForce, fleet: Fleet, policy: EgressPolicy, absent: frozenset[ChannelNeed]) -> list[Finding]:
    """Find what does not fit between the registry, the settings, the policy of outgoing calls and accounts that are absent."""
    contacts = [contact for household in fleet.households for contact in household.contacts]
    return [
        *judge_contacts(contacts, fleet.responders, policy, absent),
        *find_unknown_areas(force, fleet),
        *_find_unsupported(fleet),
    ]


def find_unknown_areas(force: InForce, fleet: Fleet) -> list[Finding]:
    """Find areas of the settings that the fleet does not have: what is written for them holds nowhere."""
    return [
        Finding(
            f"the settings have rules or response plans for area {area!r}, which is not in the fleet",
            "Correct the area's id in the settings, or import the fleet that has it",
        )
        for area in force.find_unknown_areas(area.id for area in fleet.areas)
    ]


def judge_access(accounts: Iterable[Account], keys: Iterable[ApiKey], now: int) -> list[Finding]:
    """Find who cannot do anything, keys that never end, and that nobody can give roles. `now` is epoch ms."""
    active = [account for account in accounts if account.disabled_at is None]
    valid = [key for key in keys if key.is_valid(now)]
    found = [
        Finding(
            f"{kind} {name!r} has no role that permits anything: {', '.join(grant.role for grant in grants) or 'none at all'}",
            f"Give it one of {', '.join(Role)}: {command}",
        )
        for kind, name, grants, command in (
            *(("the account", one.name, one.grants, f"homebeat user give {one.name} ROLE@AREA") for one in active),
            *(("the key", one.name, one.grants, f"homebeat key revoke {one.name}, and make another") for one in valid),
        )
        if not any(grant.permissions for grant in grants)
    ]
    endless = [key.name for key in valid if key.ends_at is None]
    if endless:
        found.append(
            Finding(
                f"{len(endless)} keys never end: {name_some(endless)}",
                "Make new ones with an end (`homebeat key create NAME --for P365D`), then `homebeat key revoke` these",
            )
        )
    holders = {f"user:{one.name}": one.grants for one in active} | {f"key:{one.name}": one.grants for one in valid}
    return found + _judge_review(holders)


def _judge_review(holders: Mapping[str, Iterable[Grant]]) -> list[Finding]:
    """Find whether somebody could look at broken glass, and at that of whoever looks at the others'."""
    may = {holder: _list_operations(grants) for holder, grants in holders.items()}
    reviewers = [
        holder
        for holder, grants in holders.items()
        if Operation.REVIEW_GLASS in may[holder] and any(_shows_remarks(grant) for grant in grants)
    ]
    if len(reviewers) > 1 or not any(Operation.BREAK_GLASS in operations for operations in may.values()):
        return []
    who = f"{reviewers[0]} alone reviews broken glass, and nobody their own" if reviewers else "nobody reviews broken glass"
    return [Finding(who, "Give somebody else the role: homebeat user give NAME supervisor@AREA", is_wrong=False)]


def _list_operations(grants: Iterable[Grant]) -> set[Operation]:
    return {operation for grant in grants if (row := grant.permissions) is not None for operation in row.operations}


def _shows_remarks(grant: Grant) -> bool:
    return grant.permissions is not None and grant.permissions.fields.get(Field.NOTES) is When.ALWAYS


def judge_contacts(
    contacts: Iterable[Contact], responders: Iterable[Responder], policy: EgressPolicy, absent: frozenset[ChannelNeed]
) -> list[Finding]:
    """Find channels that can never send anything, and contacts without one. No address is shown, since it may hold a token.

    Args:
        contacts: Whose channels.
        responders: Theirs too.
        policy: Which addresses may be called.
        absent: The accounts at providers that cannot be used.
    """
    contacts, refused = list(contacts), dict[str, list[str]]()
    without: dict[ChannelNeed, list[str]] = {}
    # what a policy says depends on an address up to its path, and a city's families share a few receivers
    judge = cache(policy.find_refusal)
    for who, channels in list_channels(contacts, responders):
        for channel in channels:
            if (address := get_called_address(channel)) and (why := judge(cut_path(address))):
                refused.setdefault(why, []).append(str(who))
            for need in list_needs(channel) & absent:
                without.setdefault(need, []).append(str(who))
    return [
        *(
            Finding(
                f"{len(ids)} addresses of contacts can never be called, {why}: {name_some(ids)}",
                "Correct the address in the fleet file and import it, or let [egress] in the settings allow it",
            )
            for why, ids in refused.items()
        ),
        *(
            Finding(
                f"{len(ids)} channels of contacts need [{need}], which is not set up or cannot be used: {name_some(ids)}",
                f"Set up [{need}] in the settings (docs/channels.md), or give these contacts another channel",
            )
            for need, ids in without.items()
        ),
        *_find_uncontacted(contacts),
        *_find_unproven(list_channels(contacts, responders)),
    ]


def _find_uncontacted(contacts: Iterable[Contact]) -> list[Finding]:
    """Find contacts without a channel: no plan gets a message to them. Without a telephone the desk cannot call them either."""
    without = [one for one in contacts if not one.channels]
    called, lost = [one.id for one in without if one.phone], [one.id for one in without if not one.phone]
    found = []
    if called:
        what = f"{len(called)} contacts have no channel and get no message, the desk has to call them: {name_some(called)}"
        found.append(Finding(what, "Give them a channel, if they are to hear of an alert without the desk", is_wrong=False))
    if lost:
        what = f"{len(lost)} contacts have neither a channel nor a telephone, so nothing reaches them: {name_some(lost)}"
        found.append(Finding(what, "Give them a channel or a telephone, or take them out of the fleet file"))
    return found


def _find_unproven(everybody: Iterable[tuple[ContactId, tuple[Channel, ...]]]) -> list[Finding]:
    """Find people of whom nothing ever shows that a message has reached them."""
    unproven = [str(who) for who, channels in everybody if channels and not any(is_provable(one.kind) for one in channels)]
    if not unproven:
        return []
    says = f"{len(unproven)} people have Apprise alone, which does not show whether a message arrives: {name_some(unproven)}"
    return [Finding(says, "Give them a second channel; no response plan counts on them meanwhile", is_wrong=False)]


def make_usable_test(
    policy: EgressPolicy, absent: frozenset[ChannelNeed], accounts: Mapping[str, CloudAccount], stopped: Container[ContactId] = ()
) -> Callable[[ContactId, Channel], bool]:
    """Make the test whether a plan may count on a channel of somebody.

    A message can leave over it, as `judge_contacts` judges, its account has a template for where it goes, it can be known to
    arrive, and they want messages.
    """
    judge = cache(policy.find_refusal)

    def is_usable(who: ContactId, channel: Channel) -> bool:
        address = get_called_address(channel)
        is_refused = (bool(address) and bool(judge(cut_path(address)))) or not carries(accounts, channel, OPENING)
        return not is_refused and not (list_needs(channel) & absent) and is_provable(channel.kind) and who not in stopped

    return is_usable


def find_unwatched(registry: Registry) -> list[Finding]:
    """Find residents whom no device watches any more because somebody in their home withdrew consent; perhaps not they."""
    of_nothing = replace(
        registry,
        resident_withdrawn=np.zeros_like(registry.resident_withdrawn),
        device_withdrawn=np.zeros_like(registry.device_withdrawn),
    )
    every, anyhow = (Roster().with_registry(one, 0).resident_every for one in (registry, of_nothing))
    unwatched = [registry.residents[i] for i in np.flatnonzero((every == FAR) & (anyhow < FAR)).tolist()]
    if not unwatched:
        return []
    return [
        Finding(
            f"no device watches {len(unwatched)} residents any more, because consent was withdrawn in their home "
            f"({name_some(unwatched)}): only calls for help are heard",
            "Make sure that they, their families and whoever visits them know it",
            is_wrong=False,
        )
    ]


def _find_unsupported(fleet: Fleet) -> list[Finding]:
    """Find devices for which some rules cannot work, whatever their settings."""
    coarse = [
        device.id
        for household in fleet.households
        for device in household.devices
        if device.kind is DeviceKind.WATER_METER and device.resolution_litres > _FINE_LITRES
    ]
    if not coarse:
        return []
    return [
        Finding(
            f"{len(coarse)} water meters count in steps of more than a litre ({name_some(coarse)}): `water_running` cannot be "
            "supported there for leaks of less than a step an hour, and says unknown, not clear",
            "Nothing, if such leaks need not be told; else a finer meter",
            is_wrong=False,
        )
    ]


def cut_path(url: str) -> str:
    """Cut an address of a fleet file to scheme, host and port."""
    scheme, slashes, rest = url.partition("://")
    return f"{scheme}{slashes}{re.split('[/?#]', rest, maxsplit=1)[0]}/"


def name_some(names: Sequence[str]) -> str:
    """Name the first few, and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
