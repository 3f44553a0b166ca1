"""Signs people in: with a link, or with a password and a second factor. Wrong tries are counted, right ones begin a session.

The identity provider has a file of its own, `provider_sign_in`. It takes from here what is the same for all: the second factor,
the session, the count of a network.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from homebeat.actions.begin_session import BeginSession
from homebeat.actions.connect_own_identity import ConnectOwnIdentity
from homebeat.actions.perform import Perform, perform_in
from homebeat.domain.durations import HOUR_MS
from homebeat.domain.errors import Busy, NotAllowed, NotFound
from homebeat.domain.role import Operation
from homebeat.domain.scope import EVERYTHING
from homebeat.identity.bearer import LinkPurpose, LinkState, OneTimeLink, check_link, make_bearer, make_link, parse_bearer
from homebeat.identity.lockout import (
    NETWORK,
    PAIR,
    SECOND_FACTOR,
    TryLimit,
    count_try,
    find_network,
    find_password_wait_ms,
    find_wait_ms,
    forgive_try,
)
from homebeat.identity.passwords import Passwords
from homebeat.identity.recovery import digest_recovery_code
from homebeat.identity.totp import CodeCheck, CodeOutcome, check_totp_code
from homebeat.store import Account, Store, WaitingIdentity

#: A shift: nobody stays signed in longer without showing again who they are.
LIFETIME_MS: Final = 12 * HOUR_MS
#: The page that asks for a code carries a link of one of these purposes: how they have shown until then who they are.
_HOW: Final = {LinkPurpose.SECOND_FACTOR: "password", LinkPurpose.AFTER_PROVIDER: "provider", LinkPurpose.CONNECT: "provider"}


class Refusal(StrEnum):
    """Why somebody was not signed in, beside what `identity` says of codes and links."""

    WRONG = "sign_in_wrong"  # the name or the password, nobody is told which
    WAIT = "sign_in_wait"
    BUSY = "sign_in_busy"
    TAKEN = "oidc_taken"  # the identity that waited for their code belongs to another account by now


@dataclass(frozen=True, slots=True)
class Signed:
    """A try to sign in.

    Attributes:
        cookie: What the browser keeps; empty where they are not signed in.
        pending: With this the page asks for the code of the second factor; empty where it need not.
        refused: A code of `wording.sign_in`; empty where they are signed in.
        wait_s: How long to wait before the next try.
        minutes: With `code_clock`: by how much the clocks differ.
    """

    cookie: str = ""
    pending: str = ""
    refused: str = ""
    wait_s: int = 0
    minutes: int = 0


class SignIn:
    """Signs people in. One for each process; safe to share between threads.

    Args:
        clock: The database's clock, epoch ms.
        passwords: Checks them, a bounded number at a time.
    """

    def __init__(self, store: Store, perform: Perform, clock: Callable[[], int], passwords: Passwords) -> None:
        self._store, self._perform, self._clock = store, perform, clock
        self.passwords: Final = passwords

    def with_link(self, secret: str, address: str) -> Signed:
        """Sign in with a link that works once. `address`: of the browser."""
        bearer, now = parse_bearer(secret.strip()), self._clock()
        if bearer is None:
            return Signed(refused=LinkState.UNKNOWN)
        with self._store.begin() as tx:
            found = tx.links.find(bearer.id)
            state = check_link(found[0] if found else None, bearer, LinkPurpose.SIGN_IN, now)
            account = tx.accounts.find(found[1]) if found and state is LinkState.GOOD and tx.links.use(bearer.id) else None
        if account is None or not may_enter(account):
            return Signed(refused=LinkState.UNKNOWN if state is LinkState.GOOD else state)
        return self._begin(account, "link", find_network(address))

    def with_password(self, name: str, password: str, address: str) -> Signed:
        """Check a password. Whoever has a second factor is asked for its code next."""
        name = name.strip()
        refused, account = self._check_password(name, password, address)
        if refused is not None or account is None:
            return refused or Signed(refused=Refusal.WRONG)
        return self.admit(account, "password", address)

    def admit(self, account: Account, how: str, address: str) -> Signed:
        """Let in somebody who has shown by `password` or `provider` who they are.

        Whoever has a second factor here is asked for its code, whatever the provider has asked for: it may ask for little.
        """
        return self._ask_code(account, how) if account.has_second_factor else self._begin(account, how, find_network(address))

    def count_begun(self, network: str) -> int:
        """Count that somebody in a network goes to the identity provider; returns how long to wait where it is one too many, s.

        It is counted apart from passwords: those of a network that is slowed down still get in through the provider.
        """
        counted, now = _make_id("provider", network), self._clock()
        with self._store.begin() as tx:
            full_at = tx.tries.lock([counted])[counted]
            wait_ms = find_wait_ms(full_at, NETWORK, now)
            if not wait_ms:
                tx.tries.put(counted, count_try(full_at, NETWORK, now))
        return -(-wait_ms // 1000)

    def forgive_begun(self, network: str) -> None:
        """Give a network the try back that `count_begun` has counted: somebody was signed in, or the provider is away."""
        self._forgive({_make_id("provider", network): NETWORK})

    def prove_again(self, name: str, password: str, address: str) -> Signed:
        """Check the password of somebody who is signed in, before they change it; nothing is refused where it is right."""
        refused, _ = self._check_password(name, password, address)
        return refused or Signed()

    def _check_password(self, name: str, password: str, address: str) -> tuple[Signed | None, Account | None]:
        """Check a password, and count the try. Returns why it is refused, or the account."""
        network = find_network(address)
        pair_id, network_id = _make_id("pair", name, network), _make_id("network", network)
        wait_ms = self._count_password(name, network, pair_id, network_id)
        if wait_ms:
            return Signed(refused=Refusal.WAIT, wait_s=-(-wait_ms // 1000)), None
        with self._store.read(EVERYTHING) as reader:
            account = reader.accounts.find(name)
        stored = account.password if account is not None and may_enter(account) else ""
        try:
            is_right = self.passwords.verify_password(stored or None, password)
        except Busy:
            self._forgive({pair_id: PAIR, network_id: NETWORK})
            return Signed(refused=Refusal.BUSY, wait_s=5), None
        if account is None or not is_right:
            return Signed(refused=Refusal.WRONG), None
        self._forgive({network_id: NETWORK}, forget=pair_id)
        if self.passwords.needs_rehash(stored):
            self._rehash(account, password)
        return None, account

    def with_code(self, pending: str, code: str, address: str) -> Signed:
        """Check the code of the second factor, or a recovery code. `pending`: from `with_password` or `admit`."""
        bearer, now = parse_bearer(pending), self._clock()
        with self._store.read(EVERYTHING) as reader:
            found = reader.links.find(bearer.id) if bearer is not None else None
            account = reader.accounts.find(found[1]) if found else None
        if bearer is None or found is None or account is None or not may_enter(account) or found[0].purpose not in _HOW:
            return Signed(refused=LinkState.UNKNOWN)
        state = check_link(found[0], bearer, found[0].purpose, now)
        if state is not LinkState.GOOD:
            return Signed(refused=state)
        refused = self._check_code(account, code, now)
        if refused is not None:
            return Signed(refused=refused.refused, pending=pending, wait_s=refused.wait_s, minutes=refused.minutes)
        used = self._use_code_link(account, found[0])
        return used or self._begin(account, _HOW[found[0].purpose], find_network(address))

    def _use_code_link(self, account: Account, link: OneTimeLink) -> Signed | None:
        """Use up what the page with the code carried, and connect the identity that waited for the code. Returns why not."""
        now = self._clock()
        try:
            with self._store.begin() as tx:
                if not tx.links.use(link.id):
                    return Signed(refused=LinkState.UNKNOWN)
                if link.purpose is not LinkPurpose.CONNECT:
                    return None
                waiting = tx.pending_sign_ins.take_identity(link.id)
                if waiting is None:
                    return Signed(refused=LinkState.UNKNOWN)
                connect = ConnectOwnIdentity(waiting.issuer, waiting.subject, waiting.link_id, has_shown_factor=True)
                perform_in(tx, account.principal, connect, now)
        except NotAllowed:
            return Signed(refused=Refusal.TAKEN)
        except NotFound:  # the link with which they began was used, or replaced, meanwhile
            return Signed(refused=LinkState.UNKNOWN)
        return None

    def _check_code(self, account: Account, typed: str, now: int) -> Signed | None:
        """None where the code is right. A recovery code cannot be guessed, so it is not counted."""
        digest = digest_recovery_code(typed)
        if digest is not None:
            with self._store.begin() as tx:
                return None if tx.accounts.use_recovery_code(account.name, digest) else Signed(refused=CodeOutcome.WRONG)
        counted = _make_id("second", account.name)
        with self._store.begin() as tx:
            full_at = tx.tries.lock([counted])[counted]
            wait_ms = find_wait_ms(full_at, SECOND_FACTOR, now)
            if wait_ms:
                return Signed(refused=Refusal.WAIT, wait_s=-(-wait_ms // 1000))
            check = _check_totp(account, typed, now)
            if check.step is not None and tx.accounts.use_step(account.name, check.step):
                tx.tries.forget(counted)
                return None
            tx.tries.put(counted, count_try(full_at, SECOND_FACTOR, now))
        return _refuse_code(check)

    def _count_password(self, name: str, network: str, pair_id: str, network_id: str) -> int:
        """Count a try before it is checked; returns how long to wait where it is not allowed, ms."""
        now = self._clock()
        with self._store.begin() as tx:
            full_at = tx.tries.lock([pair_id, network_id])
            is_known = tx.tries.is_known(name, network)
            wait_ms = find_password_wait_ms(full_at[pair_id], full_at[network_id], now, is_known=is_known)
            if not wait_ms:
                tx.tries.put(pair_id, count_try(full_at[pair_id], PAIR, now))
                tx.tries.put(network_id, count_try(full_at[network_id], NETWORK, now))
        return wait_ms

    def _forgive(self, limits: dict[str, TryLimit], forget: str = "") -> None:
        with self._store.begin() as tx:
            for one, full_at in tx.tries.lock(list(limits)).items():
                tx.tries.put(one, forgive_try(full_at, limits[one]))
            if forget:
                tx.tries.forget(forget)

    def _rehash(self, account: Account, password: str) -> None:
        hashed = self.passwords.hash_password(password)
        with self._store.begin() as tx:
            tx.accounts.set_password(account.name, hashed)

    def ask_before_connecting(self, account: Account, issuer: str, subject: str, link_id: str) -> Signed:
        """Ask for the code of the second factor; only who types it has the account connected with an identity.

        Args:
            account: Of the link.
            issuer: The provider.
            subject: Their id there, which the provider has just confirmed.
            link_id: Of the one-time link with which they began.
        """
        now = self._clock()
        bearer, link = make_link(LinkPurpose.CONNECT, now)
        with self._store.begin() as tx:
            tx.links.add(link, account.name)
            tx.pending_sign_ins.add_identity(WaitingIdentity(link.id, issuer, subject, link_id, link.ends_at), now)
        return Signed(pending=bearer.text)

    def _ask_code(self, account: Account, how: str) -> Signed:
        purpose = LinkPurpose.AFTER_PROVIDER if how == "provider" else LinkPurpose.SECOND_FACTOR
        bearer, link = make_link(purpose, self._clock())
        with self._store.begin() as tx:
            tx.links.add(link, account.name)
        return Signed(pending=bearer.text)

    def _begin(self, account: Account, how: str, network: str) -> Signed:
        bearer = make_bearer()
        self._perform(account.principal, BeginSession(bearer.digest, how, network, self._clock() + LIFETIME_MS))
        return Signed(cookie=bearer.text)


def may_enter(account: Account) -> bool:
    """Whether an account opens anything: it is not disabled, and has a role."""
    return account.disabled_at is None and account.principal.may(Operation.OWN_ACCOUNT)


def _check_totp(account: Account, typed: str, now: int) -> CodeCheck:
    if not account.totp_secret:  # it cannot be opened: no code is right
        return CodeCheck(CodeOutcome.WRONG)
    return check_totp_code(account.totp_secret, typed, now, account.totp_step or None)


def _refuse_code(check: CodeCheck) -> Signed:
    outcome = CodeOutcome.USED if check.outcome is CodeOutcome.ACCEPTED else check.outcome
    return Signed(refused=outcome, minutes=max(1, round(abs(check.ahead_s) / 60)) if check.ahead_s else 0)


def _make_id(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode(errors="replace")).hexdigest()
