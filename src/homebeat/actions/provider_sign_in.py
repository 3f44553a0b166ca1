"""Signs people in through an identity provider: the way there, the way back, and whose account it is.

The provider says who somebody is, by issuer and subject. An account is found by that pair alone. The pair is entered by who
manages people, or by the owner of the account, who begins with a one-time link. A name or an e-mail address finds no account.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from homebeat.actions.connect_own_identity import ConnectOwnIdentity
from homebeat.actions.perform import Perform, perform_in
from homebeat.actions.refuse_sign_in import RefuseSignIn
from homebeat.actions.sign_in import Refusal, Signed, SignIn, may_enter
from homebeat.domain.errors import Busy, IdentityProviderAway, NotAllowed, NotFound, NotPermitted, NotSignedIn
from homebeat.domain.principal import make_service
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import LinkPurpose, LinkState, check_link, parse_bearer
from homebeat.identity.lockout import find_network
from homebeat.identity.oidc.values import BegunSignIn, Identity, PendingSignIn, SignInRefusal, digest_identity, digest_state
from homebeat.store import Account, KeptSignIn, Store

_SERVICE: Final = make_service("sign_in")


class ProviderRefusal(StrEnum):
    """Why somebody whom the provider knows is not signed in, beside what `identity.oidc` says."""

    AWAY = "oidc_away"
    UNKNOWN = "oidc_unknown"  # no account belongs to them
    NO_ENTRY = "oidc_no_entry"  # their account is disabled, or has no role
    TAKEN = "oidc_taken"  # they came with the link of one account, and another belongs to them
    HELD = "oidc_held"  # they came with the link of an account that belongs to another identity, and has no second factor


class Provider(Protocol):
    """What is needed of `identity.oidc.provider`, which is imported only where a provider is set up, for the memory it takes."""

    def begin_sign_in(self, now: int) -> BegunSignIn:
        """Begin a sign-in."""
        ...

    def finish_sign_in(self, pending: PendingSignIn | None, cookie_state: str | None, query: str, now: int) -> Identity:
        """Say who came back."""
        ...


@dataclass(frozen=True, slots=True)
class SentAway:
    """A sign-in that has begun, or has not.

    Attributes:
        address: Where the browser goes; empty where it stays here.
        state: For a cookie of this browser.
        refused: A code of `wording.sign_in`; empty where it has begun.
        wait_s: How long to wait before the next try.
    """

    address: str = field(default="", repr=False)
    state: str = field(default="", repr=False)
    refused: str = ""
    wait_s: int = 0


@dataclass(frozen=True, slots=True)
class CameBack:
    """A browser that came back from the provider.

    Attributes:
        signed: Whether they are signed in, or asked for their second factor, or why not.
        target: Where the browser goes next: a path of this server.
        subject: Their id at the provider, where no account belongs to them: shown to them alone, for their administrator.
    """

    signed: Signed
    target: str = "/"
    subject: str = field(default="", repr=False)


class ProviderSignIn:
    """Signs people in through one provider. One for each process; safe to share between threads.

    Args:
        sign_in: Begins sessions, and asks for second factors.
        clock: The database's clock, epoch ms.
        provider: As `identity.oidc.provider.IdentityProvider`.
        issuer: The provider, as it names itself.
        title: What people call it.
    """

    def __init__(
        self,
        store: Store,
        perform: Perform,
        clock: Callable[[], int],
        sign_in: SignIn,
        provider: Provider,
        *,
        issuer: str,
        title: str,
    ) -> None:
        self._store, self._perform, self._clock, self._sign_in = store, perform, clock, sign_in
        self._provider: Final = provider
        self.issuer: Final = issuer
        self.title: Final = title

    def begin(self, target: str, link: str, address: str) -> SentAway:
        """Begin a sign-in.

        Args:
            target: Where the browser goes afterwards: a path of this server.
            link: A one-time link, if they have one: then its account is connected with whoever comes back.
            address: Of the browser.

        Raises:
            Unavailable: The database is away.
        """
        link_id, state = self._check_link(link)
        if state is not LinkState.GOOD:
            return SentAway(refused=state)
        network = find_network(address)
        wait_s = self._sign_in.count_begun(network)
        if wait_s:
            return SentAway(refused=Refusal.WAIT, wait_s=wait_s)
        try:
            begun = self._provider.begin_sign_in(self._clock())
        except IdentityProviderAway:
            self._sign_in.forgive_begun(network)
            return SentAway(refused=ProviderRefusal.AWAY)
        except Busy:
            self._sign_in.forgive_begun(network)
            return SentAway(refused=Refusal.BUSY, wait_s=5)
        with self._store.begin() as tx:
            tx.pending_sign_ins.add(KeptSignIn(begun.pending, target, link_id))
        return SentAway(begun.url, begun.state)

    def finish(self, state: str, query: str, address: str) -> CameBack:
        """Sign in who came back.

        Args:
            state: From this browser's cookie; empty where it has none.
            query: Of the address that the browser came back to, without the `?`.
            address: Of the browser.

        Raises:
            Unavailable: The database is away.
        """
        kept = self._take(state)
        if kept is None:
            # whoever comes with nothing that was begun here leaves no row in the audit: strangers could fill it
            return CameBack(Signed(refused=SignInRefusal.BEGIN_AGAIN))
        try:
            identity = self._provider.finish_sign_in(kept.sign_in, state, query, self._clock())
        except IdentityProviderAway:
            return CameBack(Signed(refused=ProviderRefusal.AWAY))
        except Busy:
            return CameBack(Signed(refused=Refusal.BUSY, wait_s=5))
        except NotSignedIn as refused:
            if refused.code != SignInRefusal.CANCELLED:
                self._refuse(refused.code)
            return CameBack(Signed(refused=refused.code))
        return self._admit(kept, identity, address)

    def _take(self, state: str) -> KeptSignIn | None:
        if not state:
            return None
        with self._store.begin() as tx:
            return tx.pending_sign_ins.take(digest_state(state))

    def _check_link(self, link: str) -> tuple[str, LinkState]:
        if not link:
            return "", LinkState.GOOD
        bearer = parse_bearer(link.strip())
        if bearer is None:
            return "", LinkState.UNKNOWN
        with self._store.read(EVERYTHING) as reader:
            found = reader.links.find(bearer.id)
        return bearer.id, check_link(found[0] if found else None, bearer, LinkPurpose.SIGN_IN, self._clock())

    def _admit(self, kept: KeptSignIn, identity: Identity, address: str) -> CameBack:
        """Let in who the provider says it is, by the account that belongs to them."""
        account, refused = self._find_account(kept, identity)
        if account is not None and not refused and kept.link_id:
            if account.has_second_factor:
                return self._ask_code(account, kept, identity, address)
            refused = self._connect(account, kept.link_id, identity)
        if account is None or refused:
            self._refuse(refused, identity, account)
            subject = identity.subject if refused == ProviderRefusal.UNKNOWN else ""
            return CameBack(Signed(refused=refused), subject=subject)
        self._sign_in.forgive_begun(find_network(address))
        return CameBack(self._sign_in.admit(account, "provider", address), kept.target)

    def _find_account(self, kept: KeptSignIn, identity: Identity) -> tuple[Account | None, str]:
        """Find the account of an identity, or that of the link; with a reason where it opens nothing."""
        with self._store.read(EVERYTHING) as reader:
            known = reader.identities.find(identity.issuer, identity.subject)
            link = reader.links.find(kept.link_id) if kept.link_id else None
            name = link[1] if link is not None else known.account if known is not None and not kept.link_id else ""
            account = reader.accounts.find(name) if name else None
        if account is None:
            return None, LinkState.UNKNOWN if kept.link_id else ProviderRefusal.UNKNOWN
        if not may_enter(account):
            return account, ProviderRefusal.NO_ENTRY
        return account, ProviderRefusal.TAKEN if known is not None and known.account != account.name else ""

    def _ask_code(self, account: Account, kept: KeptSignIn, identity: Identity, address: str) -> CameBack:
        """Ask for the second factor before the account is connected: a link may have got into other hands."""
        self._sign_in.forgive_begun(find_network(address))
        asked = self._sign_in.ask_before_connecting(account, identity.issuer, identity.subject, kept.link_id)
        return CameBack(asked, kept.target)

    def _connect(self, account: Account, link_id: str, identity: Identity) -> str:
        """Connect an account with an identity; returns why not."""
        action = ConnectOwnIdentity(identity.issuer, identity.subject, link_id)
        try:
            with self._store.begin() as tx:
                perform_in(tx, account.principal, action, self._clock())
        except NotAllowed:
            return ProviderRefusal.TAKEN
        except NotPermitted:
            return ProviderRefusal.HELD
        except NotFound:
            return LinkState.UNKNOWN
        return ""

    def _refuse(self, reason: str, identity: Identity | None = None, account: Account | None = None) -> None:
        said = digest_identity(identity.issuer, identity.subject) if identity is not None else ""
        self._perform(_SERVICE, RefuseSignIn(reason, said, account.name if account is not None else ""))
