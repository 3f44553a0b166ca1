"""Passwords: what a new one must be, and how it is kept and checked (argon2id).

A hash costs 64 MiB and a seventh of a second on purpose. So one process computes two at a time and lets a few wait; whoever comes
on top of those is refused at once. A flood of tries then costs neither the memory nor the processor that the watch needs.
"""

from __future__ import annotations

import logging
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import HashingError, InvalidHashError, VerificationError, VerifyMismatchError

from homebeat.domain.errors import Busy
from homebeat.identity.guessable import is_guessable

#: A person chooses each of them, so length is what counts (NIST SP 800-63B). No rule asks for signs or digits.
FEWEST_CHARACTERS: Final = 12
#: Long enough for any phrase. Without a limit one request could make us normalise megabytes.
MOST_CHARACTERS: Final = 256

#: Hashes at the same time in one process: 128 MiB. The demo and a street office run on two processors.
AT_ONCE: Final = 2
#: How many may wait for one of those. The last of them waits about a second.
MOST_WAITING: Final = 16
#: How long somebody waits before they are asked to try again, seconds: a machine that is this slow has other work to do.
PATIENCE_S: Final = 5.0

#: A name shorter than this is not looked for in the password: two Latin letters are in half of all words.
_SHORTEST_NAME_BYTES: Final = 3

#: argon2's own words; it has no error of its own for it.
_NO_MEMORY: Final = "Memory allocation error"
_LOG: Final = logging.getLogger(__name__)


class PasswordFault(StrEnum):
    """Why a new password is refused. `wording.sign_in` has a sentence for each."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    HAS_NAME = "password_has_name"
    GUESSABLE = "password_guessable"
    UNREADABLE = "password_unreadable"  # half a character, which no keyboard gives


@dataclass(frozen=True, slots=True)
class HashCost:
    """What one hash costs.

    Attributes:
        memory_kib: Memory, KiB. Whoever tries passwords on stolen hashes pays it for each try, also on a graphics card.
        passes: Times over that memory.
    """

    memory_kib: int
    passes: int


#: RFC 9106 section 4, the second choice: 3 passes over 64 MiB. One lane instead of four: lanes only spread the same work over
#: more processors, and those are the watch's. Measured: 140 ms on one processor of the machine on which budgets are measured.
STANDARD_COST: Final = HashCost(memory_kib=64 * 1024, passes=3)
#: The hash of a password that nobody knows, at `STANDARD_COST`. It is compared where an account has none.
_NOBODY: Final = "$argon2id$v=19$m=65536,t=3,p=1$Ai0uTfEvbxSSo8CrxXUlsQ$PQpfD3ICHDPUNSn4k9stbeiphnufw9b1wO2jaImjydo"


class Passwords:
    """Computes and checks hashes, a bounded number at a time. One for each process; safe to share between threads.

    Args:
        cost: Of new hashes. A stored one is checked at the cost that it was made with.
        at_once: Hashes at the same time.
        most_waiting: Callers that may wait for their turn.
        patience_s: How long each of them waits, seconds.
    """

    def __init__(
        self,
        cost: HashCost = STANDARD_COST,
        *,
        at_once: int = AT_ONCE,
        most_waiting: int = MOST_WAITING,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._hasher = PasswordHasher(time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=1, type=Type.ID)
        self._places = threading.BoundedSemaphore(at_once + most_waiting)
        self._turns = threading.BoundedSemaphore(at_once)
        self._patience_s = patience_s
        self._nobody = _NOBODY if cost == STANDARD_COST else self._hasher.hash("")

    def hash_password(self, password: str) -> str:
        """Hash a password that `find_password_fault` lets pass; returns text in argon2's own form, with salt and cost in it.

        Raises:
            Busy: Too many are waiting, or this one has waited too long.
            ValueError: The password is one that `find_password_fault` refuses as too long or unreadable.
        """
        readable = _normalise(password)
        if readable is None:
            raise ValueError("a password that is too long or unreadable cannot be hashed: find its fault before")
        with self._wait_for_turn():
            return self._hasher.hash(readable)

    def verify_password(self, stored: str | None, password: str) -> bool:
        """Whether `password` is the one of which `stored` is the hash.

        It takes the same time without a stored hash: the answer to a wrong name comes no sooner than that to a wrong password.

        Args:
            stored: What `hash_password` gave. None where the name is unknown, or where the account has no password.
            password: As somebody typed it.

        Raises:
            Busy: Too many are waiting, or this one has waited too long. Nothing is known about the password then.
        """
        readable = _normalise(password)
        if readable is None:
            return False  # no stored password can be like this, whatever the name
        with self._wait_for_turn():
            return self._is_match(self._nobody if stored is None else stored, readable) and stored is not None

    def needs_rehash(self, stored: str) -> bool:
        """Whether `stored` was made at another cost than today's. Asked after a right password: only then it can be renewed.

        An unreadable hash needs it too.
        """
        try:
            return self._hasher.check_needs_rehash(stored)
        except InvalidHashError:
            return True

    def _is_match(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False
        except (InvalidHashError, VerificationError) as error:
            if _NO_MEMORY in str(error):
                raise _refuse_for_memory() from error
            _LOG.error("the stored password of an account is damaged: nobody can sign in with it; set a new one")
            self._is_match(self._nobody, password)
            return False

    @contextmanager
    def _wait_for_turn(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise Busy("too many people are signing in at this moment; try again in a few seconds")
        try:
            if not self._turns.acquire(timeout=self._patience_s):
                raise Busy("signing in takes too long at this moment; try again in a few seconds")
            try:
                yield
            except HashingError as error:
                raise _refuse_for_memory() from error
            finally:
                self._turns.release()
        finally:
            self._places.release()


def _refuse_for_memory() -> Busy:
    return Busy("this machine has no memory left for checking a password; try again in a minute")


def find_password_fault(password: str, login_name: str) -> PasswordFault | None:
    """Find why somebody may not take a new password; None when they may.

    Any characters are allowed, spaces too: a phrase of several words is best. Two keyboards may write the same character in two
    ways, so what is judged and hashed is the NFKC form.
    """
    if len(password) > MOST_CHARACTERS:
        return PasswordFault.TOO_LONG
    readable = _normalise(password)
    if readable is None:
        return PasswordFault.UNREADABLE if _has_half_character(password) else PasswordFault.TOO_LONG
    if len(readable) < FEWEST_CHARACTERS:
        return PasswordFault.TOO_SHORT
    folded, name = readable.casefold(), unicodedata.normalize("NFKC", login_name).casefold()
    if len(name.encode(errors="replace")) >= _SHORTEST_NAME_BYTES and name in folded:
        return PasswordFault.HAS_NAME
    return PasswordFault.GUESSABLE if is_guessable(folded) else None


def _normalise(password: str) -> str | None:
    """The form that is hashed; None when no account can have this password."""
    if len(password) > MOST_CHARACTERS or _has_half_character(password):
        return None
    readable = unicodedata.normalize("NFKC", password)
    return readable if len(readable) <= MOST_CHARACTERS else None


def _has_half_character(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)
