"""The small things: quarantine, extras, the ledger, checkpoints, tokens, heartbeats, changes, and forgetting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from homebeat.domain.alert import Outcome, Priority, open_alert, resolve
from homebeat.domain.errors import NotAllowed, NotFound
from homebeat.domain.ids import DeviceId, HouseholdId, ResidentId
from homebeat.domain.inbound import Extra, Quarantined, QuarantineReason
from homebeat.domain.metric import Metric
from homebeat.domain.principal import Grant
from homebeat.domain.scope import EVERYTHING, NOTHING
from homebeat.domain.visit import assign_visit
from homebeat.identity.bearer import LinkPurpose, make_link
from homebeat.identity.oidc.values import PendingSignIn
from homebeat.store import (
    Account,
    AccountIdentity,
    ApiKey,
    Attempt,
    Balance,
    Checkpoint,
    Keep,
    KeptSignIn,
    OutboxState,
    SessionEntry,
    Store,
    StoredAnswer,
)
from homebeat.store.access import answers
from homebeat.store.access.sessions import KEPT_SESSION_MS
from homebeat.store.alert.writes import AlertWrites
from homebeat.store.base.database import get_driver_connection
from tests.contract.store.conftest import STREET, T0, Street, edge, notice
from tests.contract.store.outbox_rows import rows_of

DAY = 86_400_000


def test_a_message_is_set_aside_once_and_kept_with_its_bytes(store: Store) -> None:
    bad = Quarantined("homebeat/v1/x/readings", b"\x00\xff{", T0, QuarantineReason.NOT_JSON, "at byte 0")
    with store.begin() as tx:
        assert tx.quarantine.add([bad, replace(bad, received_at=T0 + 1)]) == 2
        assert tx.quarantine.add([bad]) == 0
        assert tx.quarantine.add([]) == 0
    with store.read(EVERYTHING) as reader:
        first = reader.quarantine.read_page(limit=1)
        (newest,) = first.items
        (oldest,) = reader.quarantine.read_page(limit=1, cursor=first.next_cursor).items
        assert (oldest.payload, oldest.reason, oldest.detail) == (bad.payload, bad.reason, bad.detail)
        assert newest.received_at == T0 + 1
        assert reader.quarantine.count_by_reason() == {QuarantineReason.NOT_JSON: 2}
        assert not reader.quarantine.read_page(reason=QuarantineReason.EMPTY).items
    with store.begin() as tx:
        assert tx.quarantine.note_retry(oldest.id, T0 + 5, "accepted")
        assert not tx.quarantine.note_retry(9_999, T0 + 5, "accepted")
    with store.read(EVERYTHING) as reader:
        assert [entry.id for entry in reader.quarantine.list_unretried()] == [newest.id]
        again = reader.quarantine.get(oldest.id)
        assert again is not None
        assert (again.retried_at, again.retried_outcome) == (T0 + 5, "accepted")


def test_extras_are_kept_once(store: Store) -> None:
    mood = Extra("h1-band", "mood", T0, T0, "good")
    with store.begin() as tx:
        assert tx.extras.add([mood, mood._replace(metric="noise")]) == 2
        assert tx.extras.add([mood]) == 0


def test_the_ledger_adds_up(store: Store) -> None:
    with store.begin() as tx:
        tx.ledger.add(delivered=5, accepted=3, duplicate=1, quarantined=1, readings_accepted=9)
        tx.ledger.add()
    with store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance(5, 3, 1, 1, 9, 0)
        assert reader.read_balance().is_balanced
    with store.begin() as tx:
        tx.ledger.add(delivered=2)
        assert tx.ledger.read_balance().missing == 2


def test_the_last_three_checkpoints_are_kept(store: Store) -> None:
    with store.begin() as tx:
        assert tx.checkpoints.find_latest() is None
        for position in range(5):
            tx.checkpoints.put(Checkpoint(position, T0, f"v{position % 2}", bytes([position])))
    with store.read(EVERYTHING) as reader:
        assert reader.checkpoints.find_latest() == Checkpoint(4, T0, "v0", b"\x04")
        assert reader.checkpoints.find_latest("v1") == Checkpoint(3, T0, "v1", b"\x03")
        assert reader.checkpoints.find_latest("v9") is None


def test_what_two_checkpoints_share_is_kept_once_and_goes_when_nobody_uses_it(store: Store) -> None:
    a, b, c = b"a" * 16, b"b" * 16, b"c" * 16
    with store.begin() as tx:
        tx.checkpoints.add_parts({a: b"old", b: b"shared"})
        tx.checkpoints.put(Checkpoint(1, T0, "v", b""), {a, b})
        for position in (2, 3):
            tx.checkpoints.add_parts({b: b"shared", c: b"new"})
            tx.checkpoints.put(Checkpoint(position, T0, "v", b""), {b, c})
    with store.begin() as tx:
        assert tx.checkpoints.sweep(10) == []
        tx.checkpoints.put(Checkpoint(4, T0, "v", b""), {b, c})
        assert tx.checkpoints.sweep(10) == [a]
    with store.read(EVERYTHING) as reader:
        parts = reader.checkpoints.parts
        assert dict(parts) == {b: b"shared", c: b"new"}
        assert len(parts) == 2


def test_a_checkpoint_of_a_part_that_was_never_written_is_refused(store: Store) -> None:
    with pytest.raises(NotFound), store.begin() as tx:
        tx.checkpoints.put(Checkpoint(1, T0, "v", b""), {b"a" * 16})
    with store.read(EVERYTHING) as reader:
        assert reader.checkpoints.find_latest() is None


def test_a_key_is_found_by_its_digest_until_it_is_revoked(store: Store) -> None:
    key = ApiKey("a1", "ann", "ab" * 32, "user:wu", T0, T0 + 10)
    with store.begin() as tx:
        tx.keys.add(key)
    with pytest.raises(NotAllowed), store.begin() as tx:
        tx.keys.add(replace(key, id="a2", digest="cd" * 32))
    with store.read(EVERYTHING) as reader:
        assert reader.keys.find_by_digest(key.digest) == reader.keys.find("ann") == key
        assert reader.keys.find_by_digest("cd" * 32) is reader.keys.find("eve") is None
        assert key.is_valid(T0 + 9)
        assert not key.is_valid(T0 + 10)
    with store.begin() as tx:
        assert tx.keys.revoke("ann", T0 + 5)
        assert not tx.keys.revoke("ann", T0 + 6)
    with store.read(EVERYTHING) as reader:
        (held,) = reader.keys.list_all()
        assert not held.is_valid(T0 + 5)


def test_an_account_has_its_roles_and_keeps_its_name_for_ever(store: Store) -> None:
    with store.begin() as tx:
        assert not tx.accounts.has_any()
        tx.fleet.apply(STREET, T0)
        tx.accounts.add(Account("ann", "en", T0))
        area = Grant("desk", STREET.areas[0].id)
        assert [tx.accounts.give("user:ann", grant, "user:wu", T0) for grant in (area, area, Grant("desk"), Grant("desk"))] == [
            True, False, True, False,
        ]  # fmt: skip
        tx.accounts.set_password("ann", "hash")
        tx.accounts.set_disabled("ann", T0 + 5)
    with pytest.raises(NotAllowed), store.begin() as tx:
        tx.accounts.add(Account("ann", "en", T0))
    with store.read(EVERYTHING) as reader:
        assert reader.accounts.has_any()
        assert reader.accounts.list_all() == [reader.accounts.find("ann")]
        assert reader.accounts.find("ann") == Account("ann", "en", T0, "hash", T0 + 5, (area, Grant("desk")))
        assert reader.accounts.find("eve") is None
    with store.begin() as tx:
        assert [tx.accounts.take("user:ann", grant) for grant in (Grant("desk"), Grant("desk"), area)] == [True, False, True]
        found = tx.accounts.find("ann")
        assert found is not None
        assert found.grants == ()


def test_a_link_is_used_once_and_a_newer_one_for_the_same_purpose_replaces_it(store: Store) -> None:
    (_, older), (_, newer) = make_link(LinkPurpose.SIGN_IN, T0), make_link(LinkPurpose.SIGN_IN, T0)
    _, pending = make_link(LinkPurpose.SECOND_FACTOR, T0)
    with store.begin() as tx:
        tx.accounts.add(Account("ann", "en", T0))
        for link in (older, pending, newer):
            tx.links.add(link, "ann")
    with store.begin() as tx:
        assert tx.links.list_accounts(LinkPurpose.SIGN_IN) == {"ann"}
        assert tx.links.find(older.id) is None
        assert tx.links.find(newer.id) == (newer, "ann")
        assert tx.links.find(pending.id) == (pending, "ann")
        assert [tx.links.use(link.id) for link in (older, newer, newer)] == [False, True, False]
        assert tx.links.list_accounts(LinkPurpose.SIGN_IN) == set()


def test_a_code_of_the_second_factor_and_a_recovery_code_are_good_once(store: Store) -> None:
    with store.begin() as tx:
        for name in ("ann", "bob"):
            tx.accounts.add(Account(name, "en", T0))
            tx.accounts.set_second_factor(name, f"secret of {name}", 7, [name * 3, name * 4], T0)
        assert [tx.accounts.use_step("ann", step) for step in (7, 8, 8, 6, 9)] == [False, True, False, False, True]
        assert [tx.accounts.use_recovery_code("ann", code) for code in ("annannann", "annannann", "bobbobbob")] == [
            True, False, False,
        ]  # fmt: skip
        assert [tx.accounts.count_recovery_codes(name) for name in ("ann", "bob", "eve")] == [1, 2, 0]
        tx.accounts.set_second_factor("bob", "", 0, [], T0)
        ann, found = tx.accounts.find("ann"), tx.accounts.find("bob")
        assert ann is not None
        assert found is not None
        assert (ann.totp_secret, "secret of" in repr(ann)) == ("secret of ann", False)
        stored = bytes(tx.connection.execute(text("SELECT totp_sealed FROM account WHERE name = 'ann'")).scalar_one())
        assert b"secret" not in stored
        tx.owner_keys.erase("account:ann")
        erased = tx.accounts.find("ann")
        assert erased is not None
        assert (erased.totp_secret, erased.has_second_factor) == ("", True)
        assert (found.totp_secret, tx.accounts.count_recovery_codes("bob")) == ("", 0)


def test_wrong_tries_are_counted_and_forgotten(store: Store) -> None:
    with store.begin() as tx:
        tx.accounts.add(Account("ann", "en", T0))
        assert tx.tries.lock(["a", "b"]) == {"a": 0, "b": 0}
        tx.tries.put("a", T0 + 5)
        assert tx.tries.lock(["a", "b"]) == {"a": T0 + 5, "b": 0}
        tx.tries.forget("a")
        assert tx.tries.lock(["a"]) == {"a": 0}
        assert not tx.tries.is_known("ann", "192.0.2.0/24")
        for _ in range(2):
            tx.tries.note_network("ann", "192.0.2.0/24")
        assert tx.tries.is_known("ann", "192.0.2.0/24")
        assert not tx.tries.is_known("ann", "198.51.100.0/24")


def test_an_identity_belongs_to_one_account_and_an_account_to_one_at_each_provider(store: Store) -> None:
    one = AccountIdentity("https://id.example", "1", "ann", "user:wu", T0)
    with store.begin() as tx:
        for name in ("ann", "bob"):
            tx.accounts.add(Account(name, "en", T0))
        tx.identities.put(one)
        tx.identities.put(replace(one, issuer="https://other.example"))
        assert tx.identities.find("https://id.example", "1") == one
        assert tx.identities.find("https://id.example", "2") is None
        tx.identities.put(replace(one, subject="2"))
        assert tx.identities.find("https://id.example", "1") is None
    with pytest.raises(NotAllowed, match="another account"), store.begin() as tx:
        tx.identities.put(replace(one, subject="2", account="bob"))
    with store.begin() as tx:
        assert [one.subject for one in tx.identities.list_all()] == ["2", "1"]
        assert tx.identities.find_of("bob", "https://id.example") is None
        assert [tx.identities.remove("ann", "https://id.example") for _ in range(2)] == [True, False]
        assert tx.identities.find_of("ann", "https://other.example") is not None


def test_a_pending_sign_in_is_taken_once_and_sealed(store: Store) -> None:
    kept = KeptSignIn(PendingSignIn("aa" * 32, "the nonce", "the verifier", T0, T0 + 1), "/people/chen", "link-1")
    with store.begin() as tx:
        tx.pending_sign_ins.add(kept)
        stored = bytes(tx.connection.execute(text("SELECT secrets_sealed FROM pending_sign_in")).scalar_one())
        assert not any(secret in stored for secret in (b"nonce", b"verifier", b"chen"))
        assert tx.pending_sign_ins.take("bb" * 32) is None
        assert [tx.pending_sign_ins.take("aa" * 32) for _ in range(2)] == [kept, None]
        tx.pending_sign_ins.add(kept)
        tx.connection.execute(text("UPDATE pending_sign_in SET id = :other"), {"other": "bb" * 32})
        assert tx.pending_sign_ins.take("bb" * 32) is None, "what was sealed for one state opens for no other"
        assert tx.pending_sign_ins.count() == 0
        for at in (T0, T0 + 2):
            tx.pending_sign_ins.add(replace(kept, sign_in=replace(kept.sign_in, state_digest=f"{at}", ends_at=at)))
        assert tx.retention.prune(Keep(), T0 + 1) == 1
        assert tx.pending_sign_ins.count() == 1


def test_sessions_are_listed_until_they_are_over_and_ended_all_but_one(store: Store) -> None:
    with store.begin() as tx:
        for name in ("ann", "bob"):
            tx.accounts.add(Account(name, "en", T0))
        for n, name in enumerate(("ann", "ann", "bob")):
            tx.sessions.add(SessionEntry(str(n) * 64, name, "192.0.2.0/24", "link", T0 + n, T0 + n, T0 + 10 + n))
    with store.read(EVERYTHING) as reader:
        assert [one.id[0] for one in reader.sessions.list_of(None, T0)] == ["2", "1", "0"]
        assert [one.id[0] for one in reader.sessions.list_of(["ann"], T0)] == ["1", "0"]
        assert [one.id[0] for one in reader.sessions.list_of(None, T0 + 11)] == ["2"]
    with store.begin() as tx:
        assert tx.sessions.end_all("ann", but="1" * 64) == 1
        assert [one.id[0] for one in tx.sessions.list_of(None, T0)] == ["2", "1"]


def test_a_heartbeat_replaces_the_one_before(store: Store) -> None:
    with store.begin() as tx:
        tx.heartbeats.beat("watch", T0, {"queue": 3})
        tx.heartbeats.beat("watch", T0 + 1, {"queue": 0, "connected": True})
    with store.read(EVERYTHING) as reader:
        assert reader.heartbeats.read_all()["watch"].at == T0 + 1
        assert reader.heartbeats.read_all()["watch"].detail == {"queue": 0, "connected": True}


def test_nothing_of_a_transaction_that_failed_is_there(store: Store) -> None:
    class Stumbled(Exception):
        pass

    def stumble() -> None:
        with store.begin() as tx:
            tx.ledger.add(delivered=1)
            tx.changes.add("alert", "x", T0)
            raise Stumbled

    with pytest.raises(Stumbled):
        stumble()
    with store.read(EVERYTHING) as reader:
        assert reader.read_balance() == Balance()
        assert reader.changes.find_last() == 0


def test_the_newest_change_is_found_and_opens_nothing_else(store: Store) -> None:
    assert store.find_newest_change() == 0
    with store.begin() as tx:
        tx.changes.add("fleet", "1", T0)
    with store.read(EVERYTHING) as reader:
        assert store.find_newest_change() == reader.changes.find_last() > 0
    for _ in range(10):  # as often as a driver needs to prepare a statement, and on each connection that it may have used
        store.find_newest_change()
        with store.read(NOTHING) as reader:
            assert reader.changes.read_after(0) == []


def test_the_newest_change_is_found_by_its_index_however_few_there_were_when_it_was_first_asked_for(store: Store) -> None:
    """PostgreSQL plans it once for each connection: a plan that read the whole table would be kept as the table grows."""
    store.find_newest_change()
    with store._database.begin_read(NOTHING) as connection:
        driver = get_driver_connection(connection)
        if store.path is None:
            plan = driver.execute("EXPLAIN EXECUTE newest_change").fetchall()
        else:
            plan = driver.execute("EXPLAIN QUERY PLAN SELECT max(id) FROM change").fetchall()
    said = " ".join(str(row[-1]) for row in plan)
    assert "pk_change on change" in said or said == "SEARCH change"


def test_old_readings_go_only_when_a_checkpoint_includes_them(street: Street) -> None:
    street.append([(0, 0, T0 + day * DAY, float(day)) for day in range(4)])
    keep = Keep(readings=timedelta(days=2), extras=None, quarantine=None, changes=None)
    now = T0 + 4 * DAY
    assert _prune(street.store, keep, now) == 0
    with street.store.begin() as tx:
        tx.checkpoints.put(Checkpoint(tx.readings.find_next_position() - 1, now, "v1", b""))
    assert _prune(street.store, keep, now) == 2
    with street.store.read(EVERYTHING) as reader:
        left = reader.readings.read_page(DeviceId("h1-meter"), Metric.VOLUME_M3, T0, now).items
        assert [entry.value for entry in left] == [2.0, 3.0]
    assert street.append([(0, 0, T0, 9.0)]) == [True]


def test_other_things_go_by_age_and_the_last_change_stays(store: Store) -> None:
    with store.begin() as tx:
        tx.extras.add([Extra("h1-band", "mood", T0 + day * DAY, T0 + day * DAY, "good") for day in range(4)])
        tx.quarantine.add([Quarantined("t", b"", T0 + day * DAY, QuarantineReason.EMPTY) for day in range(4)])
        for day in range(4):
            tx.changes.add("alert", str(day), T0 + day * DAY)
    keep = Keep(None, timedelta(days=2), timedelta(days=2), timedelta(days=0))
    assert _prune(store, keep, T0 + 4 * DAY, limit=1) == 2 + 2 + 3
    with store.read(EVERYTHING) as reader:
        assert [change.ref for change in reader.changes.read_after(0)] == ["3"]
        assert len(reader.quarantine.list_unretried()) == 2


def test_photos_go_by_age_with_their_alert_and_with_the_key_of_the_home(street: Street) -> None:
    home, (old, began), (other, begun) = HouseholdId("h1"), open_alert(edge(rule="sos")), open_alert(edge(rule="fall"))
    closed, closing = resolve(old, T0 + 1, "user:ann", Outcome.FINE)
    visits = {alert: assign_visit(alert, "contact:/wang", "user:ann", Priority.HIGH, T0) for alert in (old.id, other.id)}
    with street.store.begin() as tx:
        AlertWrites(tx).apply_all([(old, began), (closed, closing), (other, begun)])
        first = tx.photos.add(visits[old.id], home, b"first", T0)
        assert first is not None
        assert tx.photos.add(visits[old.id], home, b"first", T0 + 5) is None
        assert tx.photos.add(visits[old.id], home, b"second", T0 + 2 * DAY) is not None
        assert tx.photos.add(visits[other.id], home, b"first", T0) is not None
    with street.store.read(EVERYTHING) as reader:
        assert reader.photos.open(old.id, first.id, home) == b"first"
        assert reader.photos.open(other.id, first.id, home) is None, "a photo is found by its own alert alone"
    keep = replace(Keep(None, None, None, None, None, None, None), photos=timedelta(days=1))
    assert _prune(street.store, keep, T0 + DAY) == 0
    assert _prune(street.store, keep, T0 + DAY + 1, limit=1) == 2
    with street.store.read(EVERYTHING) as reader:
        (left,) = reader.photos.list_of([old.id, other.id])
    assert (left.alert_id, left.at) == (old.id, T0 + 2 * DAY)
    assert _prune(street.store, replace(keep, photos=None, alerts=timedelta(days=1)), T0 + 3 * DAY) == 1
    with street.store.begin() as tx:
        assert tx.photos.list_of([old.id]) == []
        tx.photos.add(visits[other.id], home, b"third", T0)
        assert len(tx.photos.list_of([other.id])) == 1
    street.store.erase(households=[home])
    with street.store.begin() as tx:
        assert tx.photos.list_of([other.id]) == []
        tx.photos.add(visits[other.id], home, b"third", T0)
        tx.connection.exec_driver_sql("UPDATE resident SET household = 'h2' WHERE id = 'h1-r'")  # she has moved
    street.store.erase([ResidentId("h1-r")])
    with street.store.read(EVERYTHING) as reader:
        assert reader.photos.list_of([other.id]) == []


def test_closed_alerts_go_with_all_that_belongs_to_them_and_open_ones_stay(street: Street) -> None:
    old, began = open_alert(edge(rule="sos"))
    closed, closing = resolve(old, T0 + DAY, "user:ann", Outcome.FINE)
    standing, stands = open_alert(edge(rule="fall"))
    with street.store.begin() as tx:
        AlertWrites(tx).apply_all([(old, began), (closed, closing), (standing, stands)])
        tx.outbox.add([notice(old, began), notice(standing, stands)], T0)
        for held in tx.outbox.claim(T0, "me", 10, 1):
            tx.outbox.settle(held.id, "me", Attempt(T0, 1, ok=True))
    nothing = Keep(None, None, None, None, None, None, None)
    assert _prune(street.store, replace(nothing, alerts=timedelta(days=2)), T0 + 3 * DAY) == 0
    assert _prune(street.store, replace(nothing, alerts=timedelta(days=2)), T0 + 3 * DAY + 1) == 1
    with street.store.read(EVERYTHING) as reader:
        assert reader.alerts.get(old.id) is None
        assert reader.alerts.get(standing.id) is not None
        assert [entry.alert_id for entry in reader.outbox.list_deliveries().items] == [standing.id]
    assert _prune(street.store, replace(nothing, deliveries=timedelta(days=1)), T0 + DAY + 1) == 1
    with street.store.read(EVERYTHING) as reader:
        assert reader.outbox.list_deliveries().items == ()
    assert [row.state for row in rows_of(street.store, standing.id)] == [OutboxState.DELIVERED]


def test_broken_glass_goes_with_its_reason_some_time_after_somebody_looked_at_it(street: Street) -> None:
    with street.store.begin() as tx:
        for n, who in enumerate(("user:ann", "user:bob")):
            tx.glass.add(who, HouseholdId("h1"), "she called for help", T0 + n, T0 + 9)
        unseen, seen = tx.glass.read_page().items
        assert tx.glass.note_seen(seen.id, "user:eve", T0 + DAY)
    keep = replace(Keep(None, None, None, None, None, None), alerts=timedelta(days=2))
    assert _prune(street.store, keep, T0 + 3 * DAY) == 0
    assert _prune(street.store, keep, T0 + 3 * DAY + 1) == 1
    with street.store.read(EVERYTHING) as reader:
        assert [one.id for one in reader.glass.read_page().items] == [unseen.id]


def _prune(store: Store, keep: Keep, now: int, limit: int = 1_000) -> int:
    total = 0
    while True:
        with store.begin() as tx:
            gone = tx.retention.prune(keep, now, limit)
        if not gone:
            return total
        total += gone


def test_sessions_and_links_are_deleted_when_they_are_over(store: Store) -> None:
    with store.begin() as tx:
        tx.accounts.add(Account("ann", "en", T0))
        tx.sessions.add(SessionEntry("a" * 64, "ann", "", "link", T0, T0, T0 + DAY))
        tx.links.add(make_link(LinkPurpose.SIGN_IN, T0)[1], "ann")
        tx.tries.put("c" * 64, T0 + DAY)
    with store.begin() as tx:
        assert tx.retention.prune(Keep(), T0 + DAY) == 0
        assert tx.retention.prune(Keep(), T0 + DAY + 1) == 2
        # whose session is over by its time may see for a while that alerts wait
        assert tx.retention.prune(Keep(), T0 + DAY + KEPT_SESSION_MS) == 0
        assert tx.retention.prune(Keep(), T0 + DAY + KEPT_SESSION_MS + 1) == 1
    with store.read(EVERYTHING) as reader:
        assert reader.sessions.find("a" * 64) is None
        assert reader.links.list_accounts(LinkPurpose.SIGN_IN) == set()


def test_a_key_is_claimed_once_and_its_answer_kept_for_a_day(store: Store) -> None:
    with store.begin() as tx:
        assert tx.answers.claim("key", "token", "request", T0) is None
    with store.begin() as tx:
        assert tx.answers.claim("key", "token", "request", T0 + 1) == StoredAnswer("request", None, {}, b"")
        tx.answers.keep("key", 202, {"location": "/x"}, b"{}")
    with store.begin() as tx:
        assert tx.answers.claim("key", "token", "other", T0 + 2) == StoredAnswer("request", 202, {"location": "/x"}, b"{}")
        assert tx.answers.claim("second", "token", "request", T0 + 2) is None
        tx.answers.drop("second")
        assert tx.answers.claim("second", "token", "request", T0 + 3) is None
        assert tx.answers.claim("key", "token", "other", T0 + DAY) is None
    with store.begin() as tx:
        assert tx.retention.prune(Keep(), T0 + 3 * DAY) == 2


def test_of_one_caller_so_many_keys_are_remembered_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_PER_CREDENTIAL", 150)
    with store.begin() as tx:
        for number in range(200):
            assert tx.answers.claim(f"key {number}", "token", "request", T0 + number) is None
        assert tx.answers.claim("key 199", "token", "request", T0 + 200) is not None
        assert tx.answers.claim("key 0", "token", "request", T0 + 200) is None
        assert tx.answers.claim("elsewhere", "another token", "request", T0 + 200) is None
