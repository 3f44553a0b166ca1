"""What reads share: who a token belongs to, and how the services are; on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from homebeat.actions.identify import digest_of, identify
from homebeat.actions.permit import permit
from homebeat.actions.pulse import pulse, read_as_of
from homebeat.domain.actor import ENGINE, make_person
from homebeat.domain.errors import NotPermitted
from homebeat.domain.role import Operation, Role
from homebeat.store import Store, Token

NOW = 1_772_352_000_000
SECRET = "a-secret-that-is-only-for-tests"
SERVICES = {"watch": timedelta(seconds=30), "deliver": timedelta(seconds=30)}


def with_token(store: Store, *, ends_at: int | None = None) -> None:
    with store.begin() as tx:
        tx.tokens.create(Token(digest_of(SECRET), "chen", Role.DESK, NOW - 1, ends_at))


def test_a_token_is_found_by_its_digest_until_it_ends_or_is_revoked(store: Store) -> None:
    with_token(store, ends_at=NOW + 10)
    found = identify(store, digest_of(SECRET), NOW)
    assert found is not None
    assert found.owner == make_person("chen", "desk")
    assert identify(store, digest_of(SECRET), NOW + 10) is None
    assert identify(store, digest_of("another"), NOW) is None
    assert identify(store, "", NOW) is None
    with store.begin() as tx:
        tx.tokens.revoke("chen", NOW + 5)
    assert identify(store, digest_of(SECRET), NOW) is None


def test_a_session_that_was_signed_out_opens_nothing_and_others_go_on(store: Store) -> None:
    with_token(store)
    with store.begin() as tx:
        tx.sign_outs.add("ended", NOW + 1)
    assert identify(store, digest_of(SECRET), NOW, "ended") is None
    assert identify(store, digest_of(SECRET), NOW, "other") is not None
    assert identify(store, digest_of(SECRET), NOW) is not None


def test_a_refusal_says_who_may() -> None:
    with pytest.raises(NotPermitted, match="a token of the role supervisor or admin"):
        permit(make_person("li", Role.DESK), Operation.CHOOSE)
    with pytest.raises(NotPermitted, match="engine may not answer"):
        permit(ENGINE, Operation.ANSWER)
    permit(ENGINE, Operation.JUDGE)


def test_the_pulse_tells_ages_faults_and_notes(store: Store) -> None:
    with store.read() as reader:
        before = pulse(reader, NOW, SERVICES)
        assert read_as_of(reader, NOW).at is None
    assert (dict(before.ages), before.wrong, before.notes) == ({"watch": None, "deliver": None}, {}, {})
    assert (before.outbox_late_s, before.dead_letters, before.watch_age_s) == (0.0, 0, None)
    with store.begin() as tx:
        tx.heartbeats.beat("watch", NOW - 4_000, {"wrong": None, "noted": "housekeeping fails", "clock": None})
        tx.heartbeats.beat("deliver", NOW - 9_000, {"wrong": "no way out"})
    with store.read() as reader:
        now = pulse(reader, NOW, SERVICES)
        assert read_as_of(reader, NOW).at == NOW - 4_000
    assert dict(now.ages) == {"watch": 4.0, "deliver": 9.0}
    assert (now.wrong, now.notes, now.watch_age_s) == ({"deliver": "no way out"}, {"watch": "housekeeping fails"}, 4.0)


def test_a_heartbeat_from_the_future_proves_no_life(store: Store) -> None:
    with store.begin() as tx:
        tx.heartbeats.beat("watch", NOW + 3_600_000, {})
    with store.read() as reader:
        seen = pulse(reader, NOW, SERVICES)
        assert read_as_of(reader, NOW).at is None
    assert seen.ages["watch"] is None
    assert "the clock was wrong" in seen.wrong["watch"]
