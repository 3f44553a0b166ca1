"""Who is asking: the principal that a key, a session or a family's link stands for."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from homebeat.domain.actor import ActorKind
from homebeat.domain.durations import HOUR_MS, MINUTE_MS
from homebeat.domain.errors import Unavailable
from homebeat.domain.ids import AlertId
from homebeat.domain.instants import TOLERANCE_MS
from homebeat.domain.principal import Principal, make_family, make_holder, make_onlooker, make_visitor
from homebeat.domain.scope import EVERYTHING, NOTHING
from homebeat.identity.message_link import digest_link_token
from homebeat.store import FoundLink, SessionEntry, Store
from homebeat.store.access.sessions import KEPT_SESSION_MS

#: A session that nothing has used for so long is over. An open page uses it.
IDLE_MS: Final = 2 * HOUR_MS
#: For so long after the end of a session the queue that was open stays, without anybody's data.
STAYS_MS: Final = KEPT_SESSION_MS
_SESSION_NOTED_MS: Final = MINUTE_MS
_KEY_NOTED_MS: Final = HOUR_MS


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody who has shown who they are.

    Attributes:
        id: Of the session, or the SHA-256 of the key: two callers with one id use the same credential.
        ends_at: When the credential ends, epoch ms; None for never.
    """

    principal: Principal
    id: str
    ends_at: int | None

    @property
    def name(self) -> str:
        """As histories name them."""
        return self.principal.actor.name


@dataclass(frozen=True, slots=True)
class LinkCaller:
    """A contact, or a responder, with a link from a message.

    Attributes:
        alert: The one that the link shows.
        link_id: As the database knows the link.
        language: Of the contact.
        ends_at: When the link ends, epoch ms.
        timezone: Of the home.
    """

    principal: Principal
    alert: AlertId
    link_id: str
    language: str
    ends_at: int
    timezone: str


def digest_of(secret: str) -> str:
    """The SHA-256 of a secret, in lower-case hex: what the database knows it by. The secret has 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def identify_key(store: Store, digest: str, now: int) -> Caller | None:
    """Identify the holder of a key.

    Args:
        store: Where keys are.
        digest: As `digest_of`.
        now: Epoch ms.

    Returns:
        None when the key is unknown, over or revoked, or has no role that permits anything.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(NOTHING) as reader:
        key = reader.keys.find_by_digest(digest)
    if key is None or not key.is_valid(now):
        return None
    if key.used_at is None or now - key.used_at >= _KEY_NOTED_MS:
        with suppress(Unavailable), store.begin() as tx:  # who may look can look also while nothing can be written
            tx.keys.note_use(key.id, now)
    return Caller(make_holder(ActorKind.KEY, key.name, key.grants), digest, key.ends_at)


def identify_session(store: Store, session_id: str, now: int) -> Caller | None:
    """Identify who has this session, and note that it is in use.

    Returns:
        None when it is unknown, ended, over or idle for too long, or when its account is disabled.

    Raises:
        Unavailable: The database is away.
    """
    session, caller = _find_session(store, session_id)
    # one from the future was begun while the clock ran ahead: it would last too long
    if session is None or now < session.begun_at - TOLERANCE_MS or _is_over(session, now):
        return None
    if now - session.seen_at >= _SESSION_NOTED_MS:
        with suppress(Unavailable), store.begin() as tx:
            tx.sessions.note_use(session_id, now)
    return caller


def identify_onlooker(store: Store, session_id: str, now: int) -> Caller | None:
    """Identify whose session is over by its time, so that the queue that they had open does not go dark.

    Returns:
        Who they were, with what an onlooker may do. None when somebody ended the session, when it goes on, when it has been
        over for `STAYS_MS`, or when its account is disabled or saw no alerts.

    Raises:
        Unavailable: The database is away.
    """
    session, caller = _find_session(store, session_id)
    if session is None or caller is None or now >= session.ends_at + STAYS_MS or not _is_over(session, now):
        return None
    onlooker = make_onlooker(caller.principal)
    return Caller(onlooker, session_id, session.ends_at + STAYS_MS) if onlooker.grants else None


def identify_family(store: Store, token: str, now: int) -> LinkCaller | None:
    """Identify which contact has a family's link, and for which alert. It takes as long for every token that opens nothing.

    Args:
        store: Where links are.
        token: What stands in the address, or whatever somebody has typed there.
        now: Epoch ms.

    Returns:
        None when no link has this token, when it is over or was ended, or when its contact is no contact of that home any more.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(EVERYTHING) as reader:
        found = reader.message_links.find(digest_link_token(token))
    return make_family_caller(found, now)


def identify_visitor(store: Store, token: str, now: int) -> LinkCaller | None:
    """Identify which responder has a link to a visit, as `identify_family` does it for a contact.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(EVERYTHING) as reader:
        found = reader.message_links.find(digest_link_token(token))
    if found is None or found.responder is None or not found.link.is_valid(now):
        return None
    principal = make_visitor(found.link.contact, found.subject, found.areas, found.homes)
    return LinkCaller(principal, found.alert, found.link.id, found.language, found.link.ends_at, found.timezone)


def identify_by_code(store: Store, code: str, now: int) -> LinkCaller | None:
    """Identify which contact has a code, as `identify_family` does it for a link.

    Args:
        store: Where links are.
        code: As `identity.message_link.read_link_code` reads it.
        now: Epoch ms.

    Raises:
        Unavailable: The database is away.
    """
    with store.read(EVERYTHING) as reader:
        found = reader.message_links.find_by_code(code)
    return make_family_caller(found, now)


def make_family_caller(found: FoundLink | None, now: int) -> LinkCaller | None:
    """Make the caller that a link stands for at `now` (epoch ms); None where it opens no family's page, or nothing any more."""
    if found is None or found.responder is not None or not found.link.is_valid(now):
        return None
    principal = make_family(found.link.contact, found.subject, found.areas)
    return LinkCaller(principal, found.alert, found.link.id, found.language, found.link.ends_at, found.timezone)


def _find_session(store: Store, session_id: str) -> tuple[SessionEntry | None, Caller | None]:
    """Find a session, also one that is over, and who has it; nobody where there is none or the account is disabled."""
    with store.read(NOTHING) as reader:
        session = reader.sessions.find(session_id)
        account = None if session is None else reader.accounts.find(session.account)
    if session is None or account is None or account.disabled_at is not None:
        return None, None
    return session, Caller(make_holder(ActorKind.PERSON, account.name, account.grants), session_id, session.ends_at)


def _is_over(session: SessionEntry, now: int) -> bool:
    return now >= session.ends_at or now - session.seen_at >= IDLE_MS
