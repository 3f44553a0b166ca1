"""Passwords: what a new one must be, and what checking one costs and tells."""

from __future__ import annotations

import logging
import queue
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from argon2.exceptions import HashingError, VerificationError
from argon2.low_level import error_to_str
from hypothesis import given
from hypothesis import strategies as st

from homebeat.domain.errors import Busy
from homebeat.identity.passwords import (
    FEWEST_CHARACTERS,
    MOST_CHARACTERS,
    HashCost,
    PasswordFault,
    Passwords,
    find_password_fault,
)
from tests.conftest import examples

#: A law asks hundreds of times: this costs half a millisecond.
CHEAP = HashCost(memory_kib=64, passes=1)
PHRASE = "four grey herons wade"
WAITS_FOR_S = 20.0
NO_MEMORY = -22  # ARGON2_MEMORY_ALLOCATION_ERROR of its C library


@pytest.mark.parametrize(
    "password, fault",
    [
        (PHRASE, None),
        ("x7 kettle q", PasswordFault.TOO_SHORT),
        ("x7 kettle qq", None),
        ("灰鹭在浅水里慢慢地走路吗", None),
        ("灰鹭在浅水里", PasswordFault.TOO_SHORT),
        ("heron " * 43, PasswordFault.TOO_LONG),
        ("ﷺ" * 100, PasswordFault.TOO_LONG),  # each becomes 18 characters
        ("four grey \ud800 herons", PasswordFault.UNREADABLE),
        ("my name is Chen Yu, open", PasswordFault.HAS_NAME),
        ("ｃｈｅｎ ｙｕ opens it", PasswordFault.HAS_NAME),  # full-width letters are the same letters
        ("password2026", PasswordFault.GUESSABLE),
        ("PassWord!!2026", PasswordFault.GUESSABLE),
        ("passwordpassword", PasswordFault.GUESSABLE),
        ("woaini5201314", PasswordFault.GUESSABLE),
        ("homebeat-2026!", PasswordFault.GUESSABLE),
        ("123456789012", PasswordFault.GUESSABLE),
        ("210987654321", PasswordFault.GUESSABLE),
        ("123456123456", PasswordFault.GUESSABLE),
        ("aaaaaaaaaaaaa", PasswordFault.GUESSABLE),
        ("heyheyheyhey", PasswordFault.GUESSABLE),
        ("xkcdxkcdxkcdx", PasswordFault.GUESSABLE),
        ("xkcdexkcdexkcde", None),
        ("heron-heron-heron", None),
        ("2026dcba2026", PasswordFault.GUESSABLE),
        ("20269cba20269", None),
        ("qwertyuiopas", PasswordFault.GUESSABLE),
        ("abcdefghij2026", PasswordFault.GUESSABLE),
        ("1qaz2wsx3edc", PasswordFault.GUESSABLE),
        ("            ", PasswordFault.GUESSABLE),
        ("my password is heron", None),
        ("8 0 2 9 4 4 1 7 3", None),
    ],
)
def test_a_new_password_is_long_own_and_not_the_name(password: str, fault: PasswordFault | None) -> None:
    assert find_password_fault(password, "chen yu") is fault


@pytest.mark.parametrize(
    "name, fault", [("li", None), ("王芳", PasswordFault.HAS_NAME), ("", None), ("wad", PasswordFault.HAS_NAME)]
)
def test_a_name_of_two_latin_letters_is_not_looked_for(name: str, fault: PasswordFault | None) -> None:
    assert find_password_fault("little 王芳 likes to wade", name) is fault


@given(st.text(max_size=MOST_CHARACTERS + 30), st.text(max_size=20))
def test_what_may_be_taken_can_be_hashed_and_is_long_enough(password: str, name: str) -> None:
    if find_password_fault(password, name) is None:
        assert len(unicodedata.normalize("NFKC", password)) >= FEWEST_CHARACTERS
        assert CHEAP_PASSWORDS.hash_password(password)


@examples(100)
@given(st.text(min_size=1, max_size=60), st.text(max_size=60))
def test_only_the_same_password_matches(password: str, other: str) -> None:
    stored = CHEAP_PASSWORDS.hash_password(password)
    assert CHEAP_PASSWORDS.verify_password(stored, password)
    assert CHEAP_PASSWORDS.verify_password(stored, unicodedata.normalize("NFD", password))
    is_same = unicodedata.normalize("NFKC", other) == unicodedata.normalize("NFKC", password)
    assert CHEAP_PASSWORDS.verify_password(stored, other) is is_same


CHEAP_PASSWORDS = Passwords(CHEAP)


def test_the_hash_says_how_it_was_made_and_no_two_are_alike() -> None:
    passwords = Passwords()
    first, second = passwords.hash_password(PHRASE), passwords.hash_password(PHRASE)
    assert first.startswith("$argon2id$v=19$m=65536,t=3,p=1$")
    assert first != second
    assert PHRASE not in first


@pytest.mark.parametrize("password", ["", "a", "x" * (MOST_CHARACTERS + 1), "\udfff"])
def test_nothing_matches_where_there_is_no_password(password: str) -> None:
    assert not CHEAP_PASSWORDS.verify_password(None, password)
    assert not CHEAP_PASSWORDS.verify_password(CHEAP_PASSWORDS.hash_password(PHRASE), password)


def test_the_longest_password_of_all_works() -> None:
    longest = "heron wades " * 21 + "home"
    assert len(longest) == 256
    assert find_password_fault(longest, "chen") is None
    assert CHEAP_PASSWORDS.verify_password(CHEAP_PASSWORDS.hash_password(longest), longest)
    assert find_password_fault(longest + "!", "chen") is PasswordFault.TOO_LONG


def test_the_hash_of_nobody_costs_what_a_new_one_costs() -> None:
    for passwords in (Passwords(), CHEAP_PASSWORDS):
        assert not passwords.needs_rehash(passwords._nobody)


def test_what_cannot_be_a_password_is_not_hashed() -> None:
    for password in ("x" * (MOST_CHARACTERS + 1), "\udfff" * 12):
        with pytest.raises(ValueError, match="find its fault"):
            CHEAP_PASSWORDS.hash_password(password)


def test_a_hash_of_other_cost_is_renewed_after_the_next_sign_in() -> None:
    passwords = Passwords()
    old = CHEAP_PASSWORDS.hash_password(PHRASE)
    assert passwords.verify_password(old, PHRASE)
    assert passwords.needs_rehash(old)
    assert not passwords.needs_rehash(passwords.hash_password(PHRASE))
    assert passwords.needs_rehash("not a hash")


@pytest.mark.parametrize("stored", ["", "not a hash", "$argon2id$v=19$m=65536,t=3,p=1$short"])
def test_a_damaged_hash_lets_nobody_in_and_is_logged(stored: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        assert not CHEAP_PASSWORDS.verify_password(stored, PHRASE)
    assert "set a new one" in caplog.text
    assert PHRASE not in caplog.text


def test_a_wrong_name_takes_as_long_as_a_wrong_password() -> None:
    """In time of the processor, in which what else the machine does counts little. Without the hash of nobody it is 1 : 1000."""
    passwords = Passwords()
    stored = passwords.hash_password(PHRASE)
    known, unknown = [], []
    for _ in range(6):
        known.append(measure_s(lambda: passwords.verify_password(stored, "five grey herons wade")))
        unknown.append(measure_s(lambda: passwords.verify_password(None, "five grey herons wade")))
    assert 0.6 < min(unknown) / min(known) < 1.6, (known, unknown)


def measure_s(call: Callable[[], object]) -> float:
    begun = time.thread_time()
    call()
    return time.thread_time() - begun


class CountedHashing:
    """Stands in the place of argon2: says how many are inside at once, and lets them out when told."""

    def __init__(self) -> None:
        self.inside = self.most_inside = 0
        self._lock = threading.Lock()
        self.entered = threading.Semaphore(0)
        self.may_leave = threading.Event()

    def hash(self, _password: str) -> str:
        with self._lock:
            self.inside += 1
            self.most_inside = max(self.most_inside, self.inside)
        self.entered.release()
        assert self.may_leave.wait(WAITS_FOR_S)
        with self._lock:
            self.inside -= 1
        return "hash"


@contextmanager
def running(count: int, passwords: Passwords, answers: queue.Queue[str]) -> Iterator[None]:
    def run() -> None:
        try:
            answers.put(passwords.hash_password(PHRASE))
        except Busy as error:
            answers.put(str(error))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    yield
    for thread in threads:
        thread.join(WAITS_FOR_S)
        assert not thread.is_alive()


def test_two_are_hashed_at_once_some_wait_and_the_rest_are_refused_at_once() -> None:
    passwords, counted = Passwords(CHEAP, most_waiting=3, patience_s=WAITS_FOR_S), CountedHashing()
    passwords._hasher = counted  # type: ignore[assignment]
    answers: queue.Queue[str] = queue.Queue()
    with running(12, passwords, answers):
        for _ in range(2):
            assert counted.entered.acquire(timeout=WAITS_FOR_S)
        refused = {answers.get(timeout=WAITS_FOR_S) for _ in range(7)}  # two are inside, three wait
        assert refused == {"too many people are signing in at this moment; try again in a few seconds"}
        counted.may_leave.set()
    assert [answers.get_nowait() for _ in range(5)] == ["hash"] * 5
    assert counted.most_inside == 2


def test_whoever_waits_too_long_is_asked_to_try_again_and_the_place_is_free() -> None:
    passwords, counted = Passwords(CHEAP, at_once=1, most_waiting=1, patience_s=0.05), CountedHashing()
    passwords._hasher = counted  # type: ignore[assignment]
    answers: queue.Queue[str] = queue.Queue()
    with running(1, passwords, answers):
        assert counted.entered.acquire(timeout=WAITS_FOR_S)
        for _ in range(3):
            with pytest.raises(Busy, match="takes too long"):
                passwords.hash_password(PHRASE)
        counted.may_leave.set()
    assert answers.get_nowait() == "hash"
    assert passwords.hash_password(PHRASE) == "hash"


class NoMemory:
    """Answers as argon2 does where it gets no memory."""

    def hash(self, _password: str) -> str:
        raise HashingError(error_to_str(NO_MEMORY))

    def verify(self, _stored: str, _password: str) -> bool:
        raise VerificationError(error_to_str(NO_MEMORY))


def test_no_memory_is_said_and_is_no_wrong_password() -> None:
    passwords = Passwords(CHEAP, at_once=1, most_waiting=0)
    passwords._hasher = NoMemory()  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(Busy, match="no memory left"):
            passwords.verify_password("stored", PHRASE)
        with pytest.raises(Busy, match="no memory left"):
            passwords.hash_password(PHRASE)
