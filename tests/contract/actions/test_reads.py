"""What reads share: who has a key or a session, and how the services are; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homebeat.actions.identify import Caller, digest_of, identify_key, identify_session
from homebeat.actions.permit import permit
from homebeat.actions.pulse import pulse, read_as_of
from homebeat.domain.actor import ActorKind
from homebeat.domain.errors import NotPermitted
from homebeat.domain.principal import ENGINE, Grant, make_holder
from homebeat.domain.role import Operation, Role
from homebeat.domain.scope import EVERYTHING
from homebeat.store import SessionEntry, Store
from tests.people import add_account, add_key, person

NOW = 1_772_352_000_000
SECRET = "a-secret-that-is-only-for-tests"
HOUR = 3_600_000
SERVICES = {"watch": timedelta(seconds=30), "deliver": timedelta(seconds=30)}


def test_a_key_is_found_by_its_digest_until_it_ends_or_is_revoked(store: Store) -> None:
    add_key(store, SECRET, Role.DESK, "platform", at=NOW - 1, ends_at=NOW + 10)
    found = identify_key(store, digest_of(SECRET), NOW)
    assert found == Caller(make_holder(ActorKind.KEY, "platform", [Grant("desk")]), digest_of(SECRET), NOW + 10)
    assert str(found.principal.actor) == "key:platform"
    assert identify_key(store, digest_of(SECRET), NOW + 10) is None
    assert identify_key(store, digest_of("another"), NOW) is None
    assert identify_key(store, "", NOW) is None
    with store.begin() as tx:
        tx.keys.revoke("platform", NOW + 5)
    assert identify_key(store, digest_of(SECRET), NOW) is None


def test_when_a_key_was_used_is_written_down_once_an_hour(store: Store) -> None:
    def used_at() -> int | None:
        with store.read(EVERYTHING) as reader:
            return reader.keys.list_all()[0].used_at

    add_key(store, SECRET, Role.DESK, "platform")
    assert used_at() is None
    for at, noted in ((NOW, NOW), (NOW + HOUR - 1, NOW), (NOW + HOUR, NOW + HOUR)):
        assert identify_key(store, digest_of(SECRET), at) is not None
        assert used_at() == noted


def begin(store: Store, name: str, *, at: int = NOW) -> str:
    with store.begin() as tx:
        tx.sessions.add(SessionEntry(digest_of("cookie"), name, "192.0.2.0/24", "link", at, at, at + 12 * HOUR))
    return digest_of("cookie")


def test_a_session_stands_for_its_account_with_the_roles_of_now(store: Store) -> None:
    add_account(store, "chen", "desk")
    session = begin(store, "chen")
    assert identify_session(store, session, NOW) == Caller(person("chen", "desk"), session, NOW + 12 * HOUR)
    with store.begin() as tx:
        tx.accounts.give("user:chen", Grant("nurse"), "user:wu", NOW)
        tx.accounts.take("user:chen", Grant("desk"))
    now = identify_session(store, session, NOW)
    assert now is not None
    assert now.principal == person("chen", "nurse")
    assert identify_session(store, digest_of("another"), NOW) is None


def test_a_session_lasts_while_it_is_used_and_ends_with_its_shift(store: Store) -> None:
    add_account(store, "chen", "desk")
    session = begin(store, "chen")
    for hours in range(1, 12):
        assert identify_session(store, session, NOW + hours * HOUR) is not None
    assert identify_session(store, session, NOW + 12 * HOUR) is None
    assert identify_session(store, session, NOW + 14 * HOUR) is None
    with store.begin() as tx:
        assert tx.sessions.end(session)
        assert not tx.sessions.end(session)
    idle = begin(store, "chen")
    assert identify_session(store, idle, NOW + 2 * HOUR) is None
    assert identify_session(store, idle, NOW + 2 * HOUR - 1) is not None


def test_a_session_of_a_clock_that_ran_ahead_and_one_of_a_disabled_account_open_nothing(store: Store) -> None:
    add_account(store, "chen", "desk")
    session = begin(store, "chen", at=NOW + 48 * HOUR)
    assert identify_session(store, session, NOW) is None
    assert identify_session(store, session, NOW + 48 * HOUR) is not None
    with store.begin() as tx:
        tx.accounts.set_disabled("chen", NOW)
    assert identify_session(store, session, NOW + 48 * HOUR) is None


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(NotPermitted, match="one of the roles nurse, supervisor, admin"):
        permit(person("li", Role.DESK), Operation.CHOOSE)
    with pytest.raises(NotPermitted, match="engine may not answer"):
        permit(ENGINE, Operation.ANSWER)
    permit(ENGINE, Operation.JUDGE)


def test_the_pulse_tells_ages_faults_and_notes(store: Store) -> None:
    with store.read(EVERYTHING) as reader:
        before = pulse(reader, NOW, SERVICES)
        assert read_as_of(reader, NOW).at is None
    assert (dict(before.ages), before.wrong, before.notes) == ({"watch": None, "deliver": None}, {}, {})
    assert (before.outbox_late_s, before.dead_letters, before.watch_age_s) == (0.0, 0, None)
    with store.begin() as tx:
        tx.heartbeats.beat("watch", NOW - 4_000, {"wrong": None, "noted": "housekeeping fails", "clock": None})
        tx.heartbeats.beat("deliver", NOW - 9_000, {"wrong": "no way out"})
    with store.read(EVERYTHING) as reader:
        now = pulse(reader, NOW, SERVICES)
        assert read_as_of(reader, NOW).at == NOW - 4_000
    assert dict(now.ages) == {"watch": 4.0, "deliver": 9.0}
    assert (now.wrong, now.notes, now.watch_age_s) == ({"deliver": "no way out"}, {"watch": "housekeeping fails"}, 4.0)


def test_a_heartbeat_from_the_future_proves_no_life(store: Store) -> None:
    with store.begin() as tx:
        tx.heartbeats.beat("watch", NOW + 3_600_000, {})
    with store.read(EVERYTHING) as reader:
        seen = pulse(reader, NOW, SERVICES)
        assert read_as_of(reader, NOW).at is None
    assert seen.ages["watch"] is None
    assert "the clock was wrong" in seen.wrong["watch"]
