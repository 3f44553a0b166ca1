"""Makes the lane to Home Assistant from the settings, and says what is wrong with it."""

from __future__ import annotations

import random
import secrets
from collections.abc import Callable, Iterator
from typing import Final

from homebeat.bootstrap.parts import make_command_options, make_unique_name
from homebeat.deliver.channels.command import CommandOptions
from homebeat.deliver.home_assistant.announcements import Announcer
from homebeat.deliver.home_assistant.broker import try_to_announce
from homebeat.deliver.home_assistant.lane import HomeAssistantLane, LaneOptions, is_needed
from homebeat.domain.ids import AreaId, HouseholdId
from homebeat.settings.findings import Finding, is_loopback
from homebeat.settings.home_assistant import list_overheard
from homebeat.settings.model import Settings
from homebeat.store import ChosenHomes, ReadSession, Store
from homebeat.wording import Wording

#: A lane that hangs is noticed by the broker within one and a half times this.
_KEEPALIVE_S: Final = 20
_PLACE: Final = "Correct [home_assistant] in the settings (docs/neighbours.md)"


def make_home_assistant_lane(settings: Settings, store: Store, clock: Callable[[], int]) -> HomeAssistantLane | None:
    """Make the lane; None where nothing is to be announced and nothing is left to be taken back.

    Raises:
        Unavailable: The database is away.
    """
    h = settings.home_assistant
    if not h.enabled and not is_needed(store):
        return None
    chosen = ChosenHomes(tuple(map(AreaId, h.areas)), tuple(map(HouseholdId, h.homes))) if h.enabled else None
    options = LaneOptions(make_broker_options(settings), make_announcer(settings), chosen, h.names)
    chance = random.Random(secrets.randbits(64))  # noqa: S311 -- spreads retries, guards nothing
    return HomeAssistantLane(store, options, owner=make_unique_name(), clock=clock, chance=chance)


def make_announcer(settings: Settings) -> Announcer:
    """Make what writes configurations and states."""
    h, broker = settings.home_assistant, make_broker_options(settings)
    where = f"{broker.host}:{broker.port}"
    return Announcer(where, h.discovery_prefix, h.topic_prefix, h.refresh, Wording(h.language))


def make_broker_options(settings: Settings) -> CommandOptions:
    """Make the options of the broker: that of `[mqtt]` where no other is named.

    The client id is always the same one: whoever takes over ends the connection of the process before.
    """
    h, own = settings.home_assistant, make_command_options(settings)
    name = f"{settings.mqtt.client_id}-home-assistant"
    account = (h.username, h.password.get_secret_value()) if h.username or h.host else (own.username, own.password)
    if not h.host:
        return CommandOptions(own.host, own.port, name, *account, own.tls, own.ca_file, _KEEPALIVE_S)
    return CommandOptions(h.host, h.port, name, *account, h.tls, h.ca_file, _KEEPALIVE_S)


def judge_home_assistant(settings: Settings) -> Iterator[Finding]:
    """Find what the settings alone show."""
    h = settings.home_assistant
    if not h.enabled:
        return
    for one in list_overheard(settings):
        yield Finding(
            f"home_assistant.topic_prefix is {h.topic_prefix!r}, and homebeat reads {one!r}: it would hear its own states",
            "Choose another topic_prefix, or take that filter out of mqtt.topics or mqtt.formats",
        )
    if h.username and not h.password.get_secret_value():
        yield Finding("home_assistant.username is set and home_assistant.password is empty", _PLACE)
    if h.host and not is_loopback(h.host) and not h.tls:
        yield Finding(
            f"home_assistant.tls is off and {h.host} is another machine: how homes are crosses the network in the clear",
            "Give that broker a TLS listener and set home_assistant.tls = true, unless that network is yours alone",
            is_wrong=False,
        )
    if h.names:
        yield Finding(
            "home_assistant.names is on: whoever may read at that broker, or opens Home Assistant, sees about whom each alert is",
            "Turn it off, unless the residents have agreed",
            is_wrong=False,
        )


def judge_chosen(settings: Settings, reader: ReadSession) -> Iterator[Finding]:
    """Find areas and homes that are named and do not exist."""
    h = settings.home_assistant
    if not h.enabled:
        return
    areas = {area.id for area in reader.homes.list_areas()}
    homes = {entry.household for entry in reader.homes.find_households(map(HouseholdId, h.homes))}
    for kind, names, known in (("area", h.areas, areas), ("home", h.homes, homes)):
        for one in names:
            if one not in known:
                yield Finding(f"home_assistant.{kind}s names {one!r}, and no {kind} has this id", _PLACE)


def try_home_assistant(settings: Settings, within_s: float) -> Finding | None:
    """Connect once and publish nothing; returns what is wrong."""
    options = make_broker_options(settings)
    wrong = try_to_announce(options, within_s)
    where = f"{options.host}:{options.port}"
    return Finding(f"the broker of Home Assistant {where}: {wrong}", _PLACE) if wrong else None
