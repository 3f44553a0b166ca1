"""The lease: one holder at a time, numbers that only rise, and no commit for who lost it; on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from homebeat.domain.errors import Fenced
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Fence, Store
from tests.contract.store.conftest import T0

LEASE = 60_000


def take(store: Store, owner: str, *, instead_of: int | None = None) -> Fence | None:
    with store.begin() as tx:
        return tx.tenure.take(owner, LEASE, instead_of=instead_of)


def run_out(store: Store) -> None:
    with store._database.begin_write() as connection:
        connection.execute(text("UPDATE tenure SET lease_until = renewed_at - 1"))


def beats(store: Store) -> dict[str, int]:
    with store.read(EVERYTHING) as reader:
        return {name: beat.at for name, beat in reader.heartbeats.read_all().items()}


def test_one_holds_it_until_it_ends(store: Store) -> None:
    first = take(store, "a")
    assert first == Fence("a", 1, LEASE)
    assert take(store, "b") is None
    with store.begin() as tx:
        tx.tenure.end(first)
    assert take(store, "b") == Fence("b", 2, LEASE)


def test_who_was_taken_over_writes_nothing_any_more(store: Store) -> None:
    old = take(store, "a")
    assert old is not None
    with store.begin(old) as tx:
        tx.heartbeats.beat("watch", T0, {})
    run_out(store)
    new = take(store, "b")
    assert new is not None
    with pytest.raises(Fenced, match="b holds the lease"), store.begin(old) as tx:
        tx.heartbeats.beat("watch", T0 + 1, {})
    assert beats(store) == {"watch": T0}
    with store.begin() as tx:
        tx.tenure.end(old)
    with store.begin(new) as tx:
        tx.heartbeats.beat("watch", T0 + 2, {})
    assert beats(store) == {"watch": T0 + 2}


def test_a_lease_that_ran_out_is_still_the_holders_while_nobody_else_came(store: Store) -> None:
    fence = take(store, "a")
    run_out(store)
    with store.begin(fence) as tx:
        tx.heartbeats.beat("watch", T0, {})
        assert tx.tenure.find_holder().left_ms > LEASE // 2
    assert take(store, "b") is None


def test_a_lease_that_was_renewed_in_the_future_is_none(store: Store) -> None:
    take(store, "a")
    with store._database.begin_write() as connection:
        connection.execute(text("UPDATE tenure SET renewed_at = renewed_at + 172800000, lease_until = lease_until + 172800000"))
    assert take(store, "b") == Fence("b", 2, LEASE)


def test_numbers_only_rise_and_a_dead_holder_is_named_by_its_own(store: Store) -> None:
    take(store, "a")
    assert take(store, "b", instead_of=7) is None
    assert take(store, "b", instead_of=1) == Fence("b", 2, LEASE)
    assert take(store, "c", instead_of=1) is None
    assert take(store, "b") == Fence("b", 3, LEASE)


def test_the_lock_is_one_process_s_and_ends_with_it(store: Store) -> None:
    first, second = store.make_watch_lock(), store.make_watch_lock()
    assert first.lock()
    assert first.lock()
    assert not second.lock()
    first.release()
    assert second.lock()
    second.release()


def test_the_limits_of_a_holder_s_transaction_end_with_it(store: Store) -> None:
    fence = take(store, "a")
    if store._database.is_sqlite:
        assert fence is not None
        return
    asked = text("SELECT current_setting('idle_in_transaction_session_timeout'), current_setting('statement_timeout')")
    with store.begin(fence) as tx:
        assert tuple(tx.connection.execute(asked).one()) == ("4s", "30s")
    with store.begin() as tx:
        assert tuple(tx.connection.execute(asked).one()) == ("0", "0")
