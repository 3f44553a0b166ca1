"""Accounts, their roles and sessions, and keys, as the API shows them. Only roles in the caller's areas are shown."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from homebeat.actions.connect_identity import LONGEST_SUBJECT
from homebeat.actions.directory import ShownAccount, ShownKey
from homebeat.actions.give_out import GivenLink
from homebeat.actions.people import LONGEST_NAME, Standing
from homebeat.api.times import Instant, format_instant, format_or_none
from homebeat.domain.ids import AreaId
from homebeat.domain.principal import Grant
from homebeat.domain.role import Role
from homebeat.store import AccountIdentity, SessionEntry

_NAME = "1 to 64 letters on one line, without colon and slash. A name is never used twice: it stands in histories."
_MORE = Field(description="Whether there are roles outside the caller's areas, which are not shown.")
_MAY_CHANGE = Field(description="Whether the caller may give every role that it has, and so may change it.")
NewName = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME, description=_NAME, examples=["chen"])]
AreaName = Annotated[
    str | None,
    Field(min_length=1, max_length=200, description="The area; it holds there and in all below. null: the whole installation."),
]


class GrantItem(BaseModel):
    """A role in an area and all below it."""

    role: str = Field(examples=["desk"])
    area: str | None = Field(description="null: the whole installation.", examples=["plum-lane"])


class GrantWanted(BaseModel):
    """A role to be given in an area and all below it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"role": "desk", "area": "plum-lane"}})

    role: Role
    area: AreaName = None


Grants = Annotated[list[GrantWanted], Field(min_length=1, max_length=20)]


class AccountItem(BaseModel):
    """Somebody who signs in."""

    name: str
    language: str
    made_at: Instant
    signed_in_at: Instant | None = Field(description="The last time; null for never.")
    disabled_at: Instant | None = Field(description="Since when nobody can sign in under this name.")
    link_waits: bool = Field(description="Whether a link was given out that nobody has used yet.")
    roles: list[GrantItem]
    more_roles: Annotated[bool, _MORE]
    may_change: Annotated[bool, _MAY_CHANGE]


class AccountWanted(BaseModel):
    """An account to be made."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "chen", "roles": [{"role": "desk", "area": "plum-lane"}]}}
    )

    name: NewName
    language: Literal["zh-CN", "en"] = "zh-CN"
    roles: Grants


class LinkItem(BaseModel):
    """A link that signs in once. It is shown once: give it to nobody but the owner of the account."""

    address: str | None = Field(description="null where the answer is repeated for its `Idempotency-Key`.")
    ends_at: Instant


class AccountMade(BaseModel):
    """An account that was just made, and a link for its owner."""

    account: AccountItem
    link: LinkItem


class SessionItem(BaseModel):
    """One sign-in of one person."""

    id: str
    begun_at: Instant
    seen_at: Instant = Field(description="When it was used last, to the minute.")
    ends_at: Instant
    network: str


class IdentityItem(BaseModel):
    """Who the owner of an account is at the identity provider."""

    issuer: str = Field(description="The provider, as it names itself.", examples=["https://id.example"])
    subject: str = Field(description="Their id there.")
    connected_at: Instant
    connected_by: str = Field(examples=["user:liu"])


class IdentityWanted(BaseModel):
    """An identity that an account is to be connected with, at the provider of the settings."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"subject": "248289761001"}})

    subject: Annotated[str, Field(min_length=1, max_length=LONGEST_SUBJECT, description="The id of the owner there (`sub`).")]


class KeyItem(BaseModel):
    """A key of another system, without its secret."""

    name: str
    id: str = Field(description="The public part of the key.")
    made_by: str = Field(examples=["user:liu"])
    made_at: Instant
    ends_at: Instant | None
    revoked_at: Instant | None
    used_at: Instant | None = Field(description="The last time, to the hour.")
    roles: list[GrantItem]
    more_roles: Annotated[bool, _MORE]
    may_change: Annotated[bool, _MAY_CHANGE]


class KeyWanted(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"name": "screen", "roles": [{"role": "desk", "area": "plum-lane"}]}}
    )

    name: NewName
    roles: Grants
    days: Annotated[int, Field(ge=1, le=366, strict=True, description="How long it is valid.")] = 365


class KeyMade(BaseModel):
    """A key that was just made. Its secret is shown once."""

    key: KeyItem
    secret: str | None = Field(
        description="Send it as `Authorization: Bearer`. null where the answer is repeated for its `Idempotency-Key`."
    )


def make_grants(wanted: list[GrantWanted]) -> tuple[Grant, ...]:
    """Make the roles that a caller asks for, each once."""
    return tuple(dict.fromkeys(make_grant(one.role, one.area) for one in wanted))


def make_grant(role: str, area: str | None) -> Grant:
    """Make one of them."""
    return Grant(role, None if area is None else AreaId(area))


def make_account_item(shown: ShownAccount) -> AccountItem:
    """Make the item of an account."""
    account = shown.account
    return AccountItem(
        name=account.name,
        language=account.language,
        made_at=format_instant(account.made_at),
        signed_in_at=format_or_none(account.signed_in_at),
        disabled_at=format_or_none(account.disabled_at),
        link_waits=shown.link_waits,
        roles=_list_grants(shown.standing),
        more_roles=shown.standing.has_more,
        may_change=shown.standing.may_change,
    )


def make_link_item(link: GivenLink) -> LinkItem:
    """Make the item of a link."""
    return LinkItem(address=link.address, ends_at=format_instant(link.ends_at))


def make_identity_item(identity: AccountIdentity) -> IdentityItem:
    """Make the item of an identity."""
    return IdentityItem(
        issuer=identity.issuer,
        subject=identity.subject,
        connected_at=format_instant(identity.connected_at),
        connected_by=identity.connected_by,
    )


def make_session_item(entry: SessionEntry) -> SessionItem:
    """Make the item of a session."""
    return SessionItem(
        id=entry.public_id,
        begun_at=format_instant(entry.begun_at),
        seen_at=format_instant(entry.seen_at),
        ends_at=format_instant(entry.ends_at),
        network=entry.network,
    )


def make_key_item(shown: ShownKey) -> KeyItem:
    """Make the item of a key."""
    key = shown.key
    return KeyItem(
        name=key.name,
        id=key.id,
        made_by=key.made_by,
        made_at=format_instant(key.made_at),
        ends_at=format_or_none(key.ends_at),
        revoked_at=format_or_none(key.revoked_at),
        used_at=format_or_none(key.used_at),
        roles=_list_grants(shown.standing),
        more_roles=shown.standing.has_more,
        may_change=shown.standing.may_change,
    )


def _list_grants(standing: Standing) -> list[GrantItem]:
    return [GrantItem(role=grant.role, area=grant.area) for grant in standing.grants]
