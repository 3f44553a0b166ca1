"""Gives channels their signing secrets: the one in use stays, and a new one is made where there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from homebeat.domain.channel import CHANNELS, get_address, make_secret
from homebeat.domain.contact_id import find_newly_given, list_channels, make_responder_contact
from homebeat.domain.fleet import Channel, Contact, Fleet, Household, Responder
from homebeat.domain.ids import ContactId


class NewSecret(NamedTuple):
    """A signing secret that was just made. It is shown once; the operator gives it to whoever runs the receiver."""

    contact: ContactId
    channel_index: int
    secret: str


@dataclass(slots=True)
class SecretMaker:
    """Gives the channels of contacts their signing secrets as they are written, as `SecretFiller` does for a whole fleet.

    Attributes:
        chance: Returns that many secret random bytes (`secrets.token_bytes`).
        made: The new ones.
    """

    chance: Callable[[int], bytes]
    made: list[NewSecret] = field(default_factory=list)

    def fill(self, who: ContactId, channels: Sequence[Mapping[str, Any]], known: Sequence[Mapping[str, Any]]) -> None:
        """Fill in what is absent in the `params` of somebody's channels; `known` are those that they have."""
        for index, channel in enumerate(channels):
            kind, params = channel["kind"], channel["params"]
            spec = CHANNELS.get(kind)
            if spec is None or not spec.secret or params.get(spec.secret):
                continue
            address = get_address(kind, params)
            same = (old["params"] for old in known if old["kind"] == kind and get_address(kind, old["params"]) == address)
            secret = next((found for old in same if (found := old.get(spec.secret))), "")
            if not secret:
                secret = make_secret(self.chance)
                self.made.append(NewSecret(who, index, secret))
            params[spec.secret] = secret


@dataclass(frozen=True, slots=True)
class SecretFiller:
    """Gives each channel without a secret the one that its contact has in use at that address, else a new one.

    Attributes:
        known: The contacts in the registry, whose secrets stay valid; retired ones too, since they may come back.
        responders: The responders, likewise.
        chance: Returns that many secret random bytes (`secrets.token_bytes`).
    """

    known: Iterable[Contact]
    chance: Callable[[int], bytes]
    responders: Iterable[Responder] = ()

    def fill(self, fleet: Fleet) -> tuple[Fleet, list[NewSecret]]:
        """Fill in what is absent; returns the fleet and the secrets that were made."""
        kept: dict[tuple[ContactId, str, str], str] = {}
        ids: set[ContactId] = set()
        for who, channels in list_channels(self.known, self.responders):
            ids.add(who)
            kept |= {
                (who, way.kind, get_address(way.kind, way.params)): secret for way in channels if (secret := _get_secret(way))
            }
        before = {new: old for old, new in find_newly_given(fleet.households, ids).items()}
        made: list[NewSecret] = []

        def fill_channel(who: ContactId, index: int, channel: Channel) -> Channel:
            spec = CHANNELS.get(channel.kind)
            if spec is None or not spec.secret or _get_secret(channel):
                return channel
            secret = kept.get((before.get(who, who), channel.kind, get_address(channel.kind, channel.params)))
            if secret is None:
                secret = make_secret(self.chance)
                made.append(NewSecret(who, index, secret))
            return replace(channel, params={**channel.params, spec.secret: secret})

        def fill_channels(who: ContactId, channels: tuple[Channel, ...]) -> tuple[Channel, ...]:
            return tuple(fill_channel(who, index, channel) for index, channel in enumerate(channels))

        def fill_contact(contact: Contact) -> Contact:
            filled = fill_channels(contact.id, contact.channels)
            return contact if filled == contact.channels else replace(contact, channels=filled)

        def fill_home(home: Household) -> Household:
            filled = tuple(map(fill_contact, home.contacts))
            return home if filled == home.contacts else replace(home, contacts=filled)

        def fill_responder(one: Responder) -> Responder:
            return replace(one, channels=fill_channels(make_responder_contact(one.id), one.channels))

        homes = tuple(map(fill_home, fleet.households))
        return replace(fleet, households=homes, responders=tuple(map(fill_responder, fleet.responders))), made


def _get_secret(channel: Channel) -> str:
    spec = CHANNELS.get(channel.kind)
    return channel.params.get(spec.secret, "") if spec is not None else ""
