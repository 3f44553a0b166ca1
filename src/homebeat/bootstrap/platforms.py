"""Makes the city platforms from the settings, with a lane to each that gets events, and says what is wrong with one."""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from homebeat.bootstrap.secret_files import choose_secret
from homebeat.deliver import Poster
from homebeat.deliver.platform_lane import PlatformLane
from homebeat.domain.channel import find_secret_fault
from homebeat.domain.errors import BadSettings
from homebeat.domain.event import EventType
from homebeat.domain.ids import AreaId
from homebeat.domain.platform import Platform
from homebeat.egress.policy import EgressPolicy
from homebeat.settings.findings import Finding
from homebeat.settings.model import Settings
from homebeat.settings.platforms import PlatformSettings
from homebeat.store import Store

_WHAT_TO_DO: Final = "Correct [platforms.{}] in the settings (docs/events.md); that platform follows nothing meanwhile"
_log = logging.getLogger(__name__)


def open_platforms(settings: Settings) -> list[Platform]:
    """Open every platform; one that cannot be used is left out, which the log says."""
    found: list[Platform] = []
    for name, one in settings.platforms.items():
        try:
            found.append(_open(name, one))
        except BadSettings as error:
            _log.error("%s", error)
    return found


def judge_platforms(settings: Settings, policy: EgressPolicy) -> list[Finding]:
    """Find what is wrong with the platforms of the settings; `policy` says which addresses may be called."""
    return [Finding(fault, _WHAT_TO_DO.format(name)) for name, fault in _list_faults(settings, policy)]


def make_lanes(
    settings: Settings, store: Store, policy: EgressPolicy, owner: str, clock: Callable[[], int]
) -> list[tuple[str, PlatformLane]]:
    """Make a lane to each platform that gets events, with its name."""
    poster = Poster(policy)
    return [
        (
            platform.name,
            PlatformLane(
                store,
                platform,
                poster,
                owner=owner,
                link_base=settings.link_base,
                clock=clock,
                chance=random.Random(secrets.randbits(64)),  # noqa: S311 -- spreads retries, guards nothing
            ),
        )
        for platform in open_platforms(settings)
        if platform.url
    ]


def keep_places(settings: Settings, lanes: Iterable[str], store: Store, now: int) -> None:
    """Keep the places of the platforms that events are sent to, at `now` (epoch ms), and forget all others.

    One that cannot be used meanwhile keeps its place, and counts as one that takes nothing; `lanes` names those that can.
    """
    followers = [name for name, one in settings.platforms.items() if one.url.get_secret_value().strip()]
    with store.begin() as tx:
        tx.platforms.keep(followers)
        tx.platforms.note_unusable(sorted({*followers} - {*lanes}), now)


def _list_faults(settings: Settings, policy: EgressPolicy) -> Iterator[tuple[str, str]]:
    keys: dict[str, str] = {}
    for name, one in settings.platforms.items():
        try:
            platform = _open(name, one)
        except BadSettings as error:
            yield name, str(error)
        else:
            if platform.url and (fault := policy.find_refusal(platform.url)):
                yield name, f"platforms.{name}.url: {fault}"
        if one.key and (other := keys.setdefault(one.key, name)) != name:
            yield name, f"platforms.{name} and platforms.{other} have one key: whose reports they are could not be known"


def _open(name: str, one: PlatformSettings) -> Platform:
    place, url = f"platforms.{name}", one.url.get_secret_value().strip()
    first = choose_secret(f"{place}.secret", one.secret, one.secret_file)
    following = choose_secret(f"{place}.next_secret", one.next_secret, one.next_secret_file)
    if not url and not one.key:
        raise BadSettings(f"{place} has no url and no key: it would get nothing")
    if url and not first:
        raise BadSettings(f"{place}.secret is missing: nothing is sent unsigned")
    for which, secret in (("secret", first), ("next_secret", following)):
        if secret and (fault := find_secret_fault(secret)):
            raise BadSettings(f"{place}.{which} {fault}")
    return Platform(
        name=name,
        key=one.key,
        areas=frozenset(map(AreaId, one.areas)),
        events=frozenset(one.events) or frozenset(EventType),
        queues=frozenset(one.queues),
        gives_ids=one.give_ids,
        states=one.states,
        outcomes=one.outcomes,
        url=url,
        secrets=tuple(secret for secret in (first, following) if secret),
    )
