"""The outbox: each notice once, one holder at a time, urgent ones first, every attempt a row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread

import pytest
from sqlalchemy import text

from homebeat.domain.alert import Alert, Priority, Transition
from homebeat.domain.channel import LONGEST_LIMIT_S, AccountLimit, SendLimit
from homebeat.domain.fleet import Channel, Contact
from homebeat.domain.ids import ContactId
from homebeat.domain.scope import EVERYTHING
from homebeat.store import Attempt, Keep, OutboxState, Shares
from homebeat.store.home.endpoints import find_endpoint, hide_endpoint
from tests.contract.store.conftest import STREET, T0, Street, notice
from tests.contract.store.outbox_rows import rows_of

Opener = Callable[..., tuple[Alert, Transition]]
LEASE = 30_000
FAILED = Attempt(T0 + 1, 120, ok=False, status=500, error="status 500", next_due_at=T0 + 5_000)
GIVEN_UP = Attempt(T0 + 1, 120, ok=False, error="no answer")
DONE = Attempt(T0 + 1, 80, ok=True, status=204)


def test_the_same_notice_is_there_once(street: Street, opener: Opener) -> None:
    what = notice(*opener())
    with street.store.begin() as tx:
        assert tx.outbox.add([what, replace(what, channel_index=1)], T0) == 2
        assert tx.outbox.add([what], T0) == 0
        assert tx.outbox.add([], T0) == 0
        assert what.alert_id is not None
        assert tx.outbox.find_recipients(what.alert_id) == [("h1/0", "webhook", 0), ("h1/0", "webhook", 1)]


def test_a_claimed_notice_is_nobody_elses_until_its_lease_runs_out(street: Street, opener: Opener) -> None:
    what = notice(*opener())
    with street.store.begin() as tx:
        tx.outbox.add([what], T0)
    with street.store.begin() as tx:
        assert tx.outbox.claim(T0 - 1, "one", 10, LEASE) == []
        (held,) = tx.outbox.claim(T0, "one", 10, LEASE)
    assert (held.id, held.attempts, held.lease_until) == (what.id, 0, T0 + LEASE)
    assert held.channel_params == {"url": "https://example.org/hook"}
    assert held.payload == what.payload
    with street.store.begin() as tx:
        assert tx.outbox.claim(T0 + LEASE - 1, "two", 10, LEASE) == []
        (again,) = tx.outbox.claim(T0 + LEASE, "two", 10, LEASE)
        assert tx.outbox.settle(again.id, "one", DONE) is None
        assert tx.outbox.settle(again.id, "two", DONE) is OutboxState.DELIVERED
        assert tx.outbox.claim(T0 + 10 * LEASE, "one", 10, LEASE) == []


def test_every_attempt_is_a_row_and_the_last_one_decides(street: Street, opener: Opener) -> None:
    alert, step = opener()
    what = notice(alert, step)
    with street.store.begin() as tx:
        tx.outbox.add([what], T0)
        tx.outbox.claim(T0, "one", 1, LEASE)
        assert tx.outbox.settle(what.id, "one", FAILED) is OutboxState.PENDING
        assert tx.outbox.claim(T0 + 4_999, "one", 1, LEASE) == []
        (held,) = tx.outbox.claim(T0 + 5_000, "one", 1, LEASE)
        assert held.attempts == 1
        assert tx.outbox.settle(what.id, "one", GIVEN_UP) is OutboxState.DEAD
        assert tx.outbox.claim(T0 + 10 * LEASE, "one", 1, LEASE) == []
    with street.store.read(EVERYTHING) as reader:
        rows = reader.outbox.list_deliveries(alert=alert.id).items
        assert [(r.attempt, r.ok, r.status, r.error, r.next_due_at) for r in rows] == [
            (2, False, None, "no answer", None),
            (1, False, 500, "status 500", T0 + 5_000),
        ]
        first = reader.outbox.list_deliveries(limit=1)
        assert [r.attempt for r in reader.outbox.list_deliveries(limit=1, cursor=first.next_cursor).items] == [1]
        (entry,) = rows_of(street.store, alert.id)
        assert (entry.state, entry.attempts, entry.last_error) == (OutboxState.DEAD, 2, "no answer")
        health = reader.outbox.read_health()
        assert (health.waiting, health.dead, health.oldest_due_at) == (0, 1, None)


def test_urgent_notices_go_first_however_long_others_wait(street: Street, opener: Opener) -> None:
    leak, sos = opener(rule="leak", priority=Priority.LOW), opener(rule="sos")
    with street.store.begin() as tx:
        tx.outbox.add([notice(*leak)], T0 - 1_000)
        tx.outbox.add([notice(*sos)], T0)
        assert [held.alert_id for held in tx.outbox.claim(T0, "one", 2, LEASE)] == [sos[0].id, leak[0].id]
    with street.store.read(EVERYTHING) as reader:
        assert reader.outbox.read_health().oldest_due_at == T0 - 1_000


def test_a_contact_who_is_gone_has_no_address(street: Street, opener: Opener) -> None:
    what = notice(*opener())
    homes = (replace(STREET.households[0], contacts=()), *STREET.households[1:])
    with street.store.begin() as tx:
        tx.outbox.add([what, replace(what, channel_index=7)], T0)
        assert [held.channel_params is None for held in tx.outbox.claim(T0, "one", 2, 1)].count(True) == 1
        tx.fleet.apply(replace(STREET, households=homes), T0)
        assert [held.channel_params for held in tx.outbox.claim(T0 + 1, "one", 2, 1)] == [None, None]


def test_counts_of_what_was_sent_are_no_addresses_and_end_after_the_longest_limit(street: Street) -> None:
    limits, address = (SendLimit(1, 60),), "https://robot.example/send?key=secret"
    with street.store.begin() as tx:
        assert tx.sendings.reserve("robot", address, limits, T0, is_urgent=False) is None
        assert tx.sendings.reserve("robot", address, limits, T0 + 1, is_urgent=True) == T0 + 60_000
        assert tx.sendings.reserve("email", address, limits, T0 + 1, is_urgent=False) is None
    with street.store.begin() as tx:
        rows = str(tx.connection.execute(text("SELECT * FROM sending")).all())
        assert "robot" not in rows
        assert tx.retention.prune(Keep(), T0 + LONGEST_LIMIT_S * 1000) == 0
        assert tx.retention.prune(Keep(), T0 + LONGEST_LIMIT_S * 1000 + 2) == 2


def test_an_account_counts_whoever_it_sends_to_and_a_message_counts_for_both_or_for_neither(street: Street) -> None:
    account = AccountLimit("sms one", (SendLimit(3, 60, kept=1),))
    to_one = (SendLimit(1, 30),)

    def reserve(address: str, at: int, *, is_urgent: bool = False, of: AccountLimit | None = account) -> int | None:
        with street.store.begin() as tx:
            return tx.sendings.reserve("sms", address, to_one, T0 + at, is_urgent=is_urgent, account=of)

    assert reserve("one", 0) is None
    assert reserve("one", 1) == T0 + 30_000  # its own limit: the account has counted nothing
    assert reserve("two", 2) is None
    # two of three are used, and the third is kept for what cannot wait
    due = reserve("three", 3)
    assert due is not None
    assert due >= T0 + 60_000
    assert reserve("three", 4, is_urgent=True) is None  # so its address had counted nothing either
    assert reserve("four", 5, is_urgent=True) == T0 + 60_000
    # another account, and no account, are not concerned
    assert reserve("four", 6, of=AccountLimit("sms two", account.limits)) is None
    assert reserve("five", 7, of=None) is None


def test_a_limit_of_a_day_alone_is_looked_at_again_within_a_quarter_of_an_hour(street: Street) -> None:
    account = AccountLimit("email one", (SendLimit(1, LONGEST_LIMIT_S),))
    with street.store.begin() as tx:
        assert tx.sendings.reserve("email", "a", (), T0, is_urgent=False, account=account) is None
        assert tx.sendings.reserve("email", "b", (), T0 + 1, is_urgent=False, account=account) == T0 + 1 + 15 * 60_000


def test_two_who_send_at_once_count_together(street: Street) -> None:
    limits, gate, found = (SendLimit(3, 60),), Barrier(8), list[int | None]()

    def reserve() -> None:
        gate.wait(10)
        with street.store.begin() as tx:
            found.append(tx.sendings.reserve("robot", "https://robot.example", limits, T0, is_urgent=False))

    threads = [Thread(target=reserve) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(None) == 3
    # who was put off has a turn each, at the pace of the limit
    assert sorted(due for due in found if due is not None) == [T0 + 60_000 + n * 20_000 for n in range(5)]


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_a_claimed_notice_has_the_language_of_its_recipient(street: Street, opener: Opener, language: str) -> None:
    home = STREET.households[0]
    reader = replace(home.contacts[0], language=language)
    what = notice(*opener())
    with street.store.begin() as tx:
        tx.fleet.apply(replace(STREET, households=(replace(home, contacts=(reader,)), *STREET.households[1:])), T0)
        tx.outbox.add([what], T0)
        assert [held.language for held in tx.outbox.claim(T0, "one", 1, LEASE)] == [language]


def test_two_who_claim_at_once_share_out_the_notices(street: Street, opener: Opener) -> None:
    first = notice(*opener())
    with street.store.begin() as tx:
        tx.outbox.add([replace(first, channel_index=index) for index in range(40)], T0)
    taken: list[str] = []
    together = Barrier(2)

    def claim(owner: str) -> None:
        together.wait(10)
        for _ in range(40):  # whoever meets a row that the other is taking leaves it to them, and looks again
            with street.store.begin() as tx:
                taken.extend(held.id for held in tx.outbox.claim(T0, owner, 5, LEASE))

    threads = [Thread(target=claim, args=(owner,)) for owner in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(taken) == len(set(taken)) == 40


def test_what_was_set_while_the_clock_ran_ahead_delays_nobody(street: Street, opener: Opener) -> None:
    ahead = T0 + 172_800_000
    waits, again, leased = (replace(notice(*opener(rule=rule)), created_at=ahead) for rule in ("sos", "fall", "smoke"))
    with street.store.begin() as tx:
        tx.outbox.add([again, leased], ahead)
        tx.outbox.claim(ahead, "one", 2, LEASE)
        tx.outbox.settle(again.id, "one", replace(FAILED, at=ahead, next_due_at=ahead + 5_000))
        tx.outbox.add([waits], ahead)
    with street.store.begin() as tx:
        assert {held.id for held in tx.outbox.claim(T0, "two", 10, LEASE)} == {waits.id, again.id, leased.id}
        assert tx.outbox.claim(T0 + 1, "three", 10, LEASE) == []


def test_a_notice_is_due_when_it_is_written_whatever_the_time_of_its_cause(street: Street, opener: Opener) -> None:
    what = replace(notice(*opener()), created_at=T0 + 172_800_000)
    with street.store.begin() as tx:
        tx.outbox.add([what], T0)
        (held,) = tx.outbox.claim(T0, "one", 10, LEASE)
    assert (held.due_at, held.created_at) == (T0, T0 + 172_800_000)


def test_a_claim_is_fair_between_receivers(street: Street, opener: Opener) -> None:
    alert, step = opener()
    homes = (
        replace(
            home,
            contacts=tuple(
                Contact(ContactId(f"{home.id}/{n}"), "Child", "child", (Channel("webhook", {"url": url}),))
                for n, url in enumerate(("https://dead.example/1", "https://DEAD.example:443/2", "https://good.example/"))
            ),
        )
        for home in STREET.households
    )
    fleet = replace(STREET, households=tuple(homes))
    with street.store.begin() as tx:
        tx.fleet.apply(fleet, T0)
        notices = [
            replace(notice(alert, step, household, 0, T0), contact=ContactId(f"{household}/{n}"), cause=f"{step.key}{i}")
            for household in ("h1", "h2")
            for n in range(3)
            for i in range(5)
        ]
        tx.outbox.add(notices, T0)
        dead, good = (hide_endpoint(tx.owner_keys, f"https://{name}.example:443") for name in ("dead", "good"))
        assert sorted(held.endpoint for held in tx.outbox.claim(T0, "one", 50, LEASE, Shares(1))) == sorted([dead, good])
        answering = Shares(1, answering=frozenset({good}), answering_each=3, full=frozenset({dead}))
        assert [held.endpoint for held in tx.outbox.claim(T0, "one", 50, LEASE, answering)] == [good] * 3
        assert len(tx.outbox.claim(T0, "one", 2, LEASE, answering)) == 2
    # moved to where somebody answers, what waits goes there
    moved = [
        replace(home, contacts=tuple(replace(contact, channels=home.contacts[2].channels) for contact in home.contacts))
        for home in fleet.households
    ]
    with street.store.begin() as tx:
        tx.fleet.apply(replace(fleet, households=tuple(moved)), T0)
        assert {held.endpoint for held in tx.outbox.claim(T0, "one", 50, LEASE)} == {good}


def test_only_what_was_never_tried(street: Street, opener: Opener) -> None:
    tried, fresh = notice(*opener()), notice(*opener(rule="fall"))
    with street.store.begin() as tx:
        tx.outbox.add([tried], T0)
        tx.outbox.claim(T0, "one", 1, LEASE)
        tx.outbox.settle(tried.id, "one", FAILED)
        tx.outbox.add([fresh], T0)
        assert [held.id for held in tx.outbox.claim(T0 + 5_000, "one", 9, LEASE, Shares(first_only=True))] == [fresh.id]


@pytest.mark.parametrize(
    "kind, params, endpoint",
    [
        ("webhook", {"url": "https://A.example/x?y"}, "https://a.example:443"),
        ("webhook", {"url": "http://a.example:8080/"}, "http://a.example:8080"),
        ("webhook", {"url": "https://[::1]:8443/"}, "https://::1:8443"),
        ("webhook", {"url": "https://a.example:port/"}, "webhook"),
        ("webhook", {"url": "nothing"}, "webhook"),
        ("webhook", {}, "webhook"),
        ("command", {}, "command"),
    ],
)
def test_what_counts_as_one_receiver(kind: str, params: dict[str, str], endpoint: str) -> None:
    assert find_endpoint(kind, params) == endpoint
